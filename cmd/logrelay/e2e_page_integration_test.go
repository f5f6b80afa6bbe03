//go:build integration

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
	"logrelay/relay/status/page"
)

const pagePassword = "correct horse battery"

// pageHash is the same each time: another one would end the sessions.
var pageHash = sync.OnceValues(func() (string, error) { return page.HashPassword([]byte(pagePassword)) })

// TestStatusPage opens the page in a Chromium while logs flow: the tick is there and the number rises by itself, a dead letter is retried behind the login, a live
// tail shows records, an output turns red and back, and the browser has nothing to complain about. Pictures go to the directory LOGRELAY_ARTIFACTS, if it is set.
func TestStatusPage(t *testing.T) {
	t.Parallel()
	program := os.Getenv("LOGRELAY_TEST_CHROMIUM")
	if program == "" {
		t.Skip("LOGRELAY_TEST_CHROMIUM does not name a Chromium")
	}
	s := newSite(t)
	configure := func(more string) {
		t.Helper()
		s.configure(webInput+tlsInput, s.hecOutput(", batch_records: 50"+more)+"  file: {type: file, path: out.jsonl, from: oldest}\n")
	}
	configure("")
	s.siem.Set(relaytest.Fault{Reject: func(record []byte) bool {
		seq, ok := relaytest.Sequence(record)
		return ok && seq%100 == 7 && seq < 300
	}})
	at := s.withPage()
	n := newNumbers()
	h := s.httpSender(n)
	h.must(300)
	b := newBrowser(s, program, "http://"+at)

	b.open("/")
	b.wait("a green tick", `text("#input-web .state") == "✓ receiving" && cell("#input-web .state").classList.contains("good")`)
	b.wait("300 logs", `text("#input-web .records") == "300"`)
	b.wait("dead letters and a sum that adds up", `text("#sum-hec").includes("adds up") && text("#live").includes("3 open") && text(".headline").includes("add up")`)
	b.must("nothing of the far end's words is there for everyone", `!/answers 400|Bad Request|invalid-event-number/.test(text("main")) && !text("main").includes("logrelay buffer dead-letters")`)
	b.do(chromedp.Evaluate[chromedp.Void](`window.sameDocument = true`))
	end := s.load(n, 1, 10, 100*time.Millisecond)
	b.wait("the number rises by itself", `number("#input-web .records") > 400 && number("#output-file .records") > 400 && window.sameDocument`)
	b.wait("a rate", `parseFloat(cell("#input-web").children[3].textContent) > 0`)
	end()

	b.do(chromedp.Click[chromedp.CSS](`a[href="/login"]`))
	b.wait("the form", `location.pathname == "/login" && cell("#password")`)
	b.login("mary", "wrong password")
	b.wait("it was refused", `document.readyState == "complete" && text("main").includes("Name or password is not right")`)
	b.login("mary", pagePassword)
	b.wait("the page with words", `location.pathname == "/" && text("main").includes("refused for good")`)
	b.shot("status")

	s.siem.Heal()
	b.open("/dead-letters")
	b.must("the far end's reason", `text("tbody").includes("400")`)
	b.shot("dead-letters")
	b.do(chromedp.Click[chromedp.CSS](`tbody button`))
	b.wait("one was delivered", `text("#result") == "Delivered: 1. Still refused: 0."`)
	b.do(chromedp.Click[chromedp.CSS](`main form button`))
	b.wait("none is left", `text("caption") == "There are none." && number("#result") > 0`)
	s.settled(n.count())
	s.tally.complete(t, "hec", n)
	if !strings.Contains(s.log(), "by=mary") {
		t.Error("the log does not say who retried")
	}

	b.open("/config")
	b.must("the configuration without secrets", `text("pre").includes("<secret>") && !text("pre").includes("argon2id")`)
	b.tail(s, h)

	b.open("/")
	b.wait("green", `text("#output-hec .state").startsWith("✓")`)
	s.siem.Set(relaytest.Fault{Status: http.StatusForbidden})
	h.must(10)
	b.wait("red", `text("#output-hec .state").startsWith("✗ needs you") && text("#output-hec").includes("403") && cell("#output-hec .state").classList.contains("bad") && text(".headline").includes("needs you")`)
	b.shot("red")
	s.siem.Heal()
	configure(", timeout: 5s") // the next probe would be a minute away
	s.addUser()
	s.must(0, args("reload"))
	b.wait("green again", `text("#output-hec .state").startsWith("✓") && number("#output-hec .records") >= `+fmt.Sprint(n.count()))
	b.keyboard()
	b.phone()

	b.do(chromedp.Click[chromedp.CSS](`header form button`))
	b.wait("logged out", `text("nav").includes("Log in")`)
	if list := b.complaints(); len(list) > 0 {
		t.Errorf("the browser complains:\n%s", strings.Join(list, "\n"))
	}
}

// withPage starts the relay with a status page and one user, and returns the page's address.
func (s *site) withPage() string {
	s.t.Helper()
	s.addUser()
	s.start()
	m := regexp.MustCompile(`status page"? .*address=(\S+)`).FindStringSubmatch(s.log())
	if m == nil {
		s.t.Fatal("the log does not say where the page is")
	}
	return m[1]
}

// addUser puts the page, and who may log in, into the configuration.
func (s *site) addUser() {
	s.t.Helper()
	hash, err := pageHash()
	if err != nil {
		s.t.Fatal(err)
	}
	admin := fmt.Sprintf("admin: {listen: '127.0.0.1:0', socket: admin.sock, users: [{name: mary, password_hash: '%s'}]}", hash)
	s.write("logrelay.yaml", strings.Replace(s.read("logrelay.yaml"), "admin: {listen: '', socket: admin.sock}", admin, 1))
}

// browser is one tab.
type browser struct {
	t    testing.TB
	ctx  context.Context
	base string

	mu   sync.Mutex
	said []string // in the console
}

func newBrowser(s *site, program, base string) *browser {
	s.t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(1200, 900), chromedp.UserDataDir(s.path("browser")),
		chromedp.Flag("host-resolver-rules", "MAP evil.example 127.0.0.1"))
	alloc, cancelAlloc := chromedp.NewExecAllocator(s.ctx, options...)
	ctx, cancel := chromedp.NewContext(alloc)
	b := &browser{t: s.t, ctx: ctx, base: base}
	console := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range console {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.said = append(b.said, m.String())
			b.mu.Unlock()
		}
	}()
	s.t.Cleanup(func() { cancel(); cancelAlloc(); <-done })
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// is evaluates an expression, in which text is what an element shows and number the first number of that.
func (b *browser) is(expression string) (bool, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[bool](`(() => {
		const cell = (of) => document.querySelector(of);
		const text = (of) => (cell(of)?.textContent || "").replace(/\s+/g, " ").trim();
		const number = (of) => parseInt(text(of).replace(/[^0-9 ]/g, ""), 10);
		return !!(`+expression+`);
	})()`))
}

func (b *browser) must(what, expression string) {
	b.t.Helper()
	if ok, err := b.is(expression); err != nil || !ok {
		b.t.Errorf("not so: %s; %v", what, err)
	}
}

// wait looks until it is so. While a page loads there is nothing to look at.
func (b *browser) wait(what, expression string) {
	b.t.Helper()
	for {
		ok, err := b.is(expression)
		if ok {
			return
		}
		if sleep(b.ctx, 50*time.Millisecond) != nil {
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			b.t.Fatalf("never came: %s; %v\n%s", what, err, text)
		}
	}
}

func (b *browser) login(name, password string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS("#name"), name), chromedp.SendKeys(chromedp.CSS("#password"), password+"\r"))
}

// tail shows records of an input as they pass, also such as would be a page of their own if they could.
func (b *browser) tail(s *site, h *httpSender) {
	b.t.Helper()
	b.open("/tail")
	b.do(chromedp.SetValue(chromedp.CSS("#of"), "input web"), chromedp.SetValue(chromedp.CSS("#text"), "needle"),
		chromedp.Click(chromedp.CSS("[name=normalized]")), chromedp.Click(chromedp.CSS("#tail-start")))
	b.wait("the tail has begun", `text("#tail-state") == "Waiting for records."`)
	h.must(5)
	hostile := `{"needle":"<img src=x onerror=document.title=1>","token":"` + s.token() + `"}`
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+s.at("web")+"/", strings.NewReader(hostile))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token())
	res, err := h.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusOK {
		b.t.Fatal(res.Status)
	}
	h.n.ack(h.n.take(1)) // it counts as a record
	b.wait("the record, before and after normalizing", `cell("#tail-lines").children.length == 1 && text("#tail-lines").split("onerror").length == 3`)
	secret, err := json.Marshal(s.token())
	if err != nil {
		b.t.Fatal(err)
	}
	b.must("it is text, and the token is masked", `!cell("#tail-lines img") && document.title.startsWith("Live tail") && text("#tail-lines").includes("<secret>") && !text("#tail-lines").includes(`+string(secret)+`)`)
	b.shot("tail")
	b.do(chromedp.Click(chromedp.CSS("#tail-stop")))
	b.must("stopped", `text("#tail-state") == "Stopped." && cell("#tail-stop").disabled`)
	s.await("the record is delivered", func(st status.Snapshot) bool { return output(st, "hec").Sum.Waiting == 0 })
}

// keyboard goes through the page as somebody does who has no mouse.
func (b *browser) keyboard() {
	b.t.Helper()
	b.open("/")
	b.do(chromedp.KeyEvent("\t"))
	b.must("the first stop is the link to the content", `document.activeElement.getAttribute("href") == "#main"`)
	b.do(chromedp.KeyEvent("\t"))
	b.must("then the pages", `document.activeElement.closest("nav")`)
	b.must("a heading for each part, and headers for each column", `document.querySelectorAll("main h2").length >= 6 && [...document.querySelectorAll("table")].every((t) => t.querySelector("th[scope=col]"))`)
	b.do(chromedp.Evaluate[chromedp.Void](`window.scrollTo(0, document.getElementById("outputs-title").offsetTop)`))
	b.must("whether the sums add up stays on top", `window.scrollY > 200 && cell(".headline").getBoundingClientRect().top >= 0 && cell(".headline").getBoundingClientRect().bottom < 120`)
	b.must("charts say what they show", `[...document.querySelectorAll("svg")].every((s) => document.getElementById(s.getAttribute("aria-labelledby")).textContent.length > 5)`)
}

// phone looks at the page on a small and dark screen.
func (b *browser) phone() {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	b.media("", "dark")
	for _, path := range []string{"/config", "/tail", "/dead-letters", "/"} {
		b.open(path)
		b.must(path+" fits the screen", `document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
		b.must(path+" is dark", `getComputedStyle(document.body).backgroundColor == "rgb(20, 23, 26)"`)
	}
	b.shot("phone")
	b.do(chromedp.ResetViewport())
}

// complaints are what the console says, but for answers that were meant to be errors.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.said), func(line string) bool { return strings.Contains(line, "status of 403") })
}

// shot keeps a picture.
func (b *browser) shot(name string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	dir := os.Getenv("LOGRELAY_ARTIFACTS")
	if dir == "" {
		dir = b.t.(*testing.T).TempDir()
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "page-"+name+".png"), picture, 0o600); err != nil {
		b.t.Error(err)
	}
}
