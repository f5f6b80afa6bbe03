package main

import "github.com/urfave/cli/v2"

func bufferCommand() *cli.Command { return &cli.Command{Name: "buffer"} }
