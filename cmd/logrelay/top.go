package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/urfave/cli/v2"

	"logrelay/relay/status"
)

// topPeriod is the time between two questions to the relay.
const topPeriod = time.Second

func topCommand() *cli.Command {
	return &cli.Command{
		Name:  "top",
		Usage: "watch the relay live",
		Description: `Asks the relay each second and shows what "logrelay status" shows, with the course of the last half minute of every input and output. Keys: q ends, p pauses, the arrows or
j and k scroll, g goes to the top.

   logrelay top`,
		Flags: []cli.Flag{configFlag(), adminFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if !moves(c.App.Writer) {
				return usageError("\"logrelay status --watch\" writes to files and pipes too", "top needs a terminal, and another TERM than dumb")
			}
			a, err := dialAdmin(c)
			if err != nil {
				return err
			}
			if _, err := askStatus(c.Context, a); err != nil {
				return err
			}
			return runTop(c.Context, a, c.App.Reader, c.App.Writer)
		},
	}
}

func runTop(ctx context.Context, a *adminClient, in io.Reader, out io.Writer) error {
	m := newTop(func() (status.Snapshot, error) { return askStatus(ctx, a) }, paint(colours(out)))
	m.win = windowOf(out)
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(os.Environ())).Run()
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// top is the model of bubbletea: its methods are called by one goroutine.
type top struct {
	ask func() (status.Snapshot, error)
	paint
	now    status.Snapshot
	err    error // of the last question
	trends map[string]*trend
	paused bool
	scroll int    // lines above the window
	win    window // its size is 0 until it is known
}

func newTop(ask func() (status.Snapshot, error), p paint) *top {
	return &top{ask: ask, paint: p, trends: map[string]*trend{}}
}

// asked is the answer of the relay, or why there is none.
type asked struct {
	s   status.Snapshot
	err error
}

// due says that it is time to ask again.
type due struct{}

func (t *top) question() tea.Msg {
	s, err := t.ask()
	return asked{s, err}
}

// Init implements tea.Model.
func (t *top) Init() tea.Cmd { return t.question }

// Update implements tea.Model.
func (t *top) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		t.win.width, t.win.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		return t, t.key(msg.String())
	case due:
		return t, t.question
	case asked:
		if t.err = msg.err; msg.err == nil {
			t.follow(&msg.s)
			if !t.paused {
				t.now = msg.s
			}
		}
		return t, tea.Tick(topPeriod, func(time.Time) tea.Msg { return due{} })
	}
	return t, nil
}

func (t *top) key(name string) tea.Cmd {
	switch name {
	case "q", "esc", "ctrl+c":
		return tea.Quit
	case "p", "space":
		t.paused = !t.paused
	case "up", "k":
		t.scroll = max(t.scroll-1, 0)
	case "down", "j":
		t.scroll++ // View keeps it in bounds
	case "home", "g":
		t.scroll = 0
	}
	return nil
}

// follow adds the rates since the snapshot before.
func (t *top) follow(s *status.Snapshot) {
	for i := range s.Inputs {
		t.trend("input "+s.Inputs[i].Name).add(s.Now, s.Inputs[i].Records)
	}
	for i := range s.Outputs {
		t.trend("output "+s.Outputs[i].Name).add(s.Now, s.Outputs[i].Sum.Accepted-s.Outputs[i].Sum.Waiting)
	}
}

func (t *top) trend(of string) *trend {
	if t.trends[of] == nil {
		t.trends[of] = new(trend)
	}
	return t.trends[of]
}

// View implements tea.Model.
func (t *top) View() tea.View {
	v := tea.NewView(t.text())
	v.AltScreen = true
	v.WindowTitle = "logrelay top"
	return v
}

// text is one window: what fits of the status, and the last line.
func (t *top) text() string {
	var b strings.Builder
	screen{w: &b, paint: t.paint, s: t.now, width: t.win.width, trend: func(of string) string { return t.trend(of).String() }}.all()
	lines := t.win.lines(b.String())
	if t.now.Now.IsZero() {
		lines = t.win.lines("asking the relay …")
	}
	room := len(lines)
	if t.win.height > 0 {
		room = max(min(room, t.win.height-1), 0)
	}
	t.scroll = min(t.scroll, len(lines)-room)
	last := "q ends  p pauses  ↑ ↓ scroll"
	if t.paused {
		last = t.in(colourBold, "PAUSED") + "  " + last
	}
	if left := len(lines) - room - t.scroll; left > 0 {
		last += fmt.Sprintf("  %d more lines", left)
	}
	if t.err != nil {
		last = t.in(colourRed, printable(t.err.Error(), 300))
	}
	return strings.Join(append(lines[t.scroll:t.scroll+room:t.scroll+room], t.win.lines(last)[0]), "\n")
}
