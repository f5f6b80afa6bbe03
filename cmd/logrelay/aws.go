package main

import "github.com/urfave/cli/v2"

func awsCommand() *cli.Command {
	return &cli.Command{
		Name:        "aws",
		Usage:       "connect an AWS account",
		Subcommands: []*cli.Command{awsTemplateCommand(), awsCheckCommand(), rotateKeyCommand()},
	}
}
