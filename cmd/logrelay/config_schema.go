package main

import (
	"github.com/urfave/cli/v2"

	"logrelay/etc"
	"logrelay/relay/config"
)

func configSchemaCommand() *cli.Command {
	return &cli.Command{
		Name:  "config-schema",
		Usage: "print the JSON Schema of the configuration, for editors",
		Description: `Editors that know the YAML language server complete keys and mark errors by it, without any setting: the first line of the shipped
configuration names ` + config.SchemaURI + `, where the packages put it. Elsewhere:
   logrelay config-schema > logrelay.schema.json
and begin the file with: # yaml-language-server: $schema=logrelay.schema.json
What several keys say together only "logrelay check" knows.
With --markdown: every key with what it takes, its default and its meaning, to read.`,
		Flags: []cli.Flag{markdownFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			write := config.Schema
			if c.Bool("markdown") {
				write = config.Reference
			}
			text, err := write(etc.Config)
			if err != nil {
				return err
			}
			_, err = c.App.Writer.Write(text)
			return err
		},
	}
}
