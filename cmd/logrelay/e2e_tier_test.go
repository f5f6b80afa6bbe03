//go:build !integration

package main

import "time"

// thorough says that the tests of the integration tier run: more rounds, and waits of a minute.
const thorough = false

// e2ePatience bounds each end-to-end test. They take seconds, and minutes on a slow machine that has something else to do.
const e2ePatience = 8 * time.Minute
