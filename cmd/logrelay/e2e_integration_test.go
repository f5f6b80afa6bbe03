//go:build integration

package main

// thorough says that the tests of the integration tier run: more rounds, and waits of a minute.
const thorough = true
