//go:build integration

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"logrelay/relay/status"
)

// hostileText is what a stranger writes who would like to be a part of the page.
const hostileText = `<img src=x onerror=window.pwned=1><script>window.pwned=2</script>"><svg onload=window.pwned=3> javascript:window.pwned=4 {{.}} ${1}`

// newPageSite is a relay with the page, a user and a live tail's worth of inputs; its one output refuses records that contain "poison", and says why in hostile words.
func newPageSite(t *testing.T) (s *site, b *browser, send func(string)) {
	t.Helper()
	program := os.Getenv("LOGRELAY_TEST_CHROMIUM")
	if program == "" {
		t.Skip("LOGRELAY_TEST_CHROMIUM does not name a Chromium")
	}
	s = newSite(t)
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || strings.Contains(string(body), "poison") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, hostileText+"\r\rdata: "+hostileText)
		}
	}))
	t.Cleanup(far.Close)
	s.configure(webInput+tlsInput, fmt.Sprintf("  far: {type: https, url: '%s', insecure: true, format: lines, from: oldest, batch_records: 1}\n", far.URL))
	at := s.withPage()
	h := s.httpSender(newNumbers())
	send = func(record string) {
		t.Helper()
		req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+s.at("web")+"/", strings.NewReader(record+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.token())
		req.Header.Set("User-Agent", hostileText)
		res, err := h.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
	return s, newBrowser(s, program, "http://"+at), send
}

// TestPageForEveryone looks at each page as people have it: on a phone, in the dark, on paper, and with a program that knows what keeps people out (axe-core, the
// rules of WCAG 2.2, levels A and AA).
func TestPageForEveryone(t *testing.T) {
	t.Parallel()
	axe := os.Getenv("LOGRELAY_TEST_AXE")
	if axe == "" {
		t.Skip("LOGRELAY_TEST_AXE does not name axe-core's script")
	}
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	s, b, send := newPageSite(t)
	send(strings.Repeat("poison", 300))
	s.buried(send)
	look := func(path string) {
		t.Helper()
		for _, scheme := range []string{"light", "dark"} {
			b.media("screen", scheme)
			b.open(path)
			b.do(chromedp.Evaluate[chromedp.Void](string(script)))
			found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) =>
				r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range found {
				t.Errorf("%s, %s: %s", path, scheme, v)
			}
		}
		b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
		b.open(path)
		b.must(path+" fits a narrow phone", `document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
		b.do(chromedp.ResetViewport())
		b.media("print", "dark")
		b.open(path)
		b.must(path+" is dark on white on paper, without what cannot be clicked there",
			`getComputedStyle(document.body).color == "rgb(28, 32, 36)" && [...document.querySelectorAll("button, nav")].every((e) => !e.checkVisibility())`)
		b.media("", "")
	}
	look("/login")
	b.open("/login?next=/")
	b.login("mary", pagePassword)
	b.wait("the page with words", `location.pathname == "/" && text("header").includes("mary")`)
	for _, path := range []string{"/", "/?of=output+far", "/tail", "/dead-letters", "/dead-letters/drop?output=far", "/config"} {
		look(path)
	}
	b.open("/tail")
	b.do(chromedp.Click(chromedp.CSS("#tail-start")))
	b.wait("the tail has begun", `text("#tail-state") == "Waiting for records."`)
	send(strings.Repeat("wide", 2000))
	b.wait("a wide record", `cell("#tail-lines").children.length == 1`)
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	b.must("a wide record fits a narrow phone", `document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
}

// buried sends what goes through until what was refused is a dead letter: the far end has to take something first.
func (s *site) buried(send func(string)) {
	s.t.Helper()
	for s.status().Buffer.DeadLetters == 0 {
		send("a good one")
		if sleep(s.ctx, 50*time.Millisecond) != nil {
			s.t.Fatal("there is no dead letter")
		}
	}
	s.await("nothing waits", func(st status.Snapshot) bool { return output(st, "far").Sum.Waiting == 0 })
}

// media is what the page is shown on, and whether it is dark there.
func (b *browser) media(kind, scheme string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// TestPageAmongStrangers: what strangers write is text on every page, and their pages get nothing from it and can do nothing to it.
func TestPageAmongStrangers(t *testing.T) {
	t.Parallel()
	s, b, send := newPageSite(t)
	b.open("/login?next=/tail")
	b.login("mary", pagePassword)
	b.wait("the tail", `location.pathname == "/tail" && cell("#tail-start")`)
	b.do(chromedp.Click(chromedp.CSS("[name=normalized]")), chromedp.Click(chromedp.CSS("#tail-start")))
	b.wait("the tail has begun", `text("#tail-state") == "Waiting for records."`)
	send(hostileText)
	send(`{"` + strings.ReplaceAll(hostileText, `"`, `'`) + `": "poison\r\rdata: x"}`)
	harmless := func(where, shown string) {
		t.Helper()
		b.wait(where+" shows it", shown)
		b.must(where+" is not theirs", `!window.pwned && !document.querySelector("main img, main script, main svg[onload]") && document.title.endsWith("logrelay")`)
	}
	harmless("the tail", `text("#tail-lines").split("onerror=").length >= 5`)
	s.buried(send)
	b.open("/dead-letters")
	harmless("the list of dead letters", `text("tbody").includes("onerror=")`)
	b.open("/")
	harmless("the status", `text("#live").includes("1 open")`)

	// A page of somebody else, on another port of the same address (to which the browser sends the cookie too), and by a name that leads here.
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<iframe name=f></iframe><form id=out method=post action="%[1]s/logout" target=f></form>
			<form id=drop method=post action="%[1]s/dead-letters/drop" target=f><input name=output value=far></form>`, b.base)
	}))
	defer evil.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(evil.URL, "http://"), ":")
	relay, _, _ := strings.Cut(strings.TrimPrefix(b.base, "http://127.0.0.1:"), "/")
	for _, from := range []string{"http://127.0.0.1:" + port, "http://evil.example:" + port} {
		b.do(chromedp.Navigate(from))
		for _, id := range []string{"out", "drop"} {
			b.do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => { document.querySelector("iframe").onload = done; document.getElementById("`+id+`").submit(); })`, chromedp.EvalAwaitPromise))
		}
		for _, path := range []string{"/api/v1/status", "/config", "/api/v1/tail"} {
			got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`fetch("`+b.base+path+`", {credentials: "include"}).then((r) => r.text()).catch(() => "refused")`, chromedp.EvalAwaitPromise))
			if err != nil || got != "refused" {
				t.Errorf("a page of %s reads %s: %.100q, %v", from, path, got, err)
			}
		}
		framed, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`new Promise((done) => { const f = document.querySelector("iframe"); f.onload = () => { let seen = false; try { seen = !!f.contentDocument.querySelector("main"); } catch {} done(seen); }; f.src = "`+b.base+`/"; })`, chromedp.EvalAwaitPromise))
		if err != nil || framed {
			t.Errorf("a page of %s has the status in a frame: %v, %v", from, framed, err)
		}
	}
	b.do(chromedp.Navigate("http://evil.example:" + relay + "/api/v1/status"))
	b.must("a name that was made to lead here gets nothing", `text("body").includes("answers only to loopback names")`)
	b.open("/dead-letters")
	b.must("nobody was logged out, nothing was dropped", `text("header").includes("mary") && text("tbody").includes("onerror=")`)
	b.do(chromedp.Click(chromedp.CSS(`tbody form:last-child button`)))
	b.wait("the question", `text("h1") == "Drop for good?"`)
	b.do(chromedp.Click(chromedp.CSS(`main form button`)))
	b.wait("it is dropped by who may", `text("#result") == "Dropped: 1."`)
	if st := s.status(); output(st, "far").Sum.Discarded != 1 {
		t.Errorf("the sum: %+v", output(st, "far").Sum)
	}
}
