package main

import "github.com/urfave/cli/v2"

func checkCommand() *cli.Command      { return &cli.Command{Name: "check"} }
func statusCommand() *cli.Command     { return &cli.Command{Name: "status"} }
func reloadCommand() *cli.Command     { return &cli.Command{Name: "reload"} }
func sendCommand() *cli.Command       { return &cli.Command{Name: "send"} }
func bufferCommand() *cli.Command     { return &cli.Command{Name: "buffer"} }
func completionCommand() *cli.Command { return &cli.Command{Name: "completion"} }
