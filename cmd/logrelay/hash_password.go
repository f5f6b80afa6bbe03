package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"logrelay/relay"
	"logrelay/relay/status/page"
)

// maxPasswordLine bounds what is read where nobody types.
const maxPasswordLine = 4096

func hashPasswordCommand() *cli.Command {
	return &cli.Command{
		Name:  "hash-password",
		Usage: "make the hash of a password, for admin.users",
		Description: `Asks for the password twice, or takes the first line of standard input. It prints what belongs behind password_hash:

   admin:
     users:
       - {name: mary, password_hash: '$argon2id$...'}

For example:
   logrelay hash-password`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			password, err := askPassword(c.App.Reader, c.App.ErrWriter)
			if err != nil {
				return err
			}
			hash, err := page.HashPassword(password)
			if err != nil {
				return err
			}
			fmt.Fprintln(c.App.Writer, hash)
			return nil
		},
	}
}

// askPassword asks twice on a terminal, and takes the first line of anything else.
func askPassword(in io.Reader, talk io.Writer) ([]byte, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) { // #nosec G115 -- a descriptor
		line, err := bufio.NewReader(io.LimitReader(in, maxPasswordLine)).ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading the password: %w", err)
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
	var typed [2][]byte
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(talk, prompt)
		var err error
		typed[i], err = term.ReadPassword(int(f.Fd())) // #nosec G115 -- likewise
		fmt.Fprintln(talk)
		if err != nil {
			return nil, fmt.Errorf("reading the password: %w", err)
		}
	}
	if !bytes.Equal(typed[0], typed[1]) {
		return nil, relay.WithHint(errors.New("these were two different passwords"), "type the same one twice")
	}
	return typed[0], nil
}
