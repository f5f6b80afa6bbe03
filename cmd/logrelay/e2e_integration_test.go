//go:build integration

package main

import "time"

// thorough says that the tests of the integration tier run: more rounds, and waits of a minute.
const thorough = true

// e2ePatience bounds each end-to-end test. Some take a minute or two, and more on a slow machine that has
// something else to do.
const e2ePatience = 9 * time.Minute
