package page

import (
	"fmt"
	"net/http"
	"time"

	"logrelay/relay"
	"logrelay/relay/status"
)

const (
	maxShownLetters = 200
	lettersTitle    = "Dead letters"
	lettersPath     = "/dead-letters"
)

type lettersPage struct {
	frame
	Letters []status.Letter
	More    bool // than are shown
	Outputs []string
	Result  string // of what was just done
	Failed  bool
	Errors  []string
}

// letters shows what was refused. Records are left out: `logrelay buffer dead-letters show` has them.
func (p *Page) letters(w http.ResponseWriter, r *http.Request, v visitor) {
	p.showLetters(w, r, http.StatusOK, lettersPage{frame: p.frame(v, lettersTitle, lettersPath)})
}

func (p *Page) showLetters(w http.ResponseWriter, r *http.Request, code int, page lettersPage) {
	list, err := p.o.Actions.DeadLetters(r.Context(), status.LetterQuery{All: true}, maxShownLetters+1)
	if err != nil {
		page.Failed, page.Errors = true, append(page.Errors, err.Error())
	}
	if len(list) > maxShownLetters {
		list, page.More = list[:maxShownLetters], true
	}
	page.Letters = list
	seen := map[string]bool{}
	for i := range list {
		if name := list[i].Output; !seen[name] {
			seen[name] = true
			page.Outputs = append(page.Outputs, name)
		}
	}
	p.show(w, code, "letters.html", page)
}

// letterQuery is what a form names: one letter, or all of an output. ok is false when it is neither.
func letterQuery(r *http.Request) (q status.LetterQuery, ok bool) {
	q.Output = r.FormValue("output")
	if id := r.FormValue("id"); id != "" {
		q.IDs = []string{id}
	} else {
		q.All = true
	}
	return q, q.Output != ""
}

const noOutput = "The form names no output."

// retry sends one letter, or all of an output, once more.
func (p *Page) retry(w http.ResponseWriter, r *http.Request, v visitor) {
	q, ok := letterQuery(r)
	if !ok {
		p.fail(w, v, http.StatusBadRequest, noOutput)
		return
	}
	res, err := p.o.Actions.RetryDeadLetters(r.Context(), q)
	status.Audit(p.log, status.Change{Action: "dead letters retry", By: v.name}, err, "output", q.Output, "all", q.All, "ids", len(q.IDs), "done", res.Done)
	page := lettersPage{Errors: res.Errors, Failed: err != nil || res.Left > 0, Result: fmt.Sprintf("Delivered: %d. Still refused: %d.", res.Done, res.Left)}
	p.showDone(w, r, page, doneBy{v, err})
}

// askDrop shows what is about to be given up. It changes nothing.
func (p *Page) askDrop(w http.ResponseWriter, r *http.Request, v visitor) {
	q, ok := letterQuery(r)
	if !ok {
		p.fail(w, v, http.StatusBadRequest, noOutput)
		return
	}
	page := struct {
		frame
		Output, ID string
	}{frame: p.frame(v, "Drop dead letters", ""), Output: q.Output}
	if !q.All {
		page.ID = q.IDs[0]
	}
	p.show(w, http.StatusOK, "drop.html", page)
}

// drop gives up one letter, or all of an output. They are counted as discarded by the operator.
func (p *Page) drop(w http.ResponseWriter, r *http.Request, v visitor) {
	q, ok := letterQuery(r)
	if !ok {
		p.fail(w, v, http.StatusBadRequest, noOutput)
		return
	}
	res, err := p.o.Actions.DropDeadLetters(r.Context(), q)
	status.Audit(p.log, status.Change{Action: "dead letters drop", By: v.name}, err, "output", q.Output, "all", q.All, "ids", len(q.IDs), "done", res.Done)
	p.showDone(w, r, lettersPage{Failed: err != nil, Result: fmt.Sprintf("Dropped: %d.", res.Done)}, doneBy{v, err})
}

// doneBy is who did something, and what went wrong.
type doneBy struct {
	visitor
	err error
}

// showDone shows what is left after something was done, which may have taken a while.
func (p *Page) showDone(w http.ResponseWriter, r *http.Request, page lettersPage, by doneBy) {
	if by.door != status.Socket { // which has no time limit, and would keep this one for the connection's next request
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(streamPatience)) // of net/http's own connections it never fails
	}
	page.frame = p.frame(by.visitor, lettersTitle, lettersPath)
	code := http.StatusOK
	if by.err != nil {
		code = http.StatusUnprocessableEntity
		page.Errors = append(page.Errors, by.err.Error())
		if hint := relay.HintOf(by.err); hint != "" {
			page.Errors = append(page.Errors, hint)
		}
	}
	p.showLetters(w, r, code, page)
}

// config shows the configuration in force.
func (p *Page) config(w http.ResponseWriter, _ *http.Request, v visitor) {
	p.show(w, http.StatusOK, "config.html", struct {
		frame
		YAML string
	}{p.frame(v, "Configuration in force", "/config"), string(p.o.Config())})
}

// tail is the form of the live tail. The records come from /api/v1/tail.
func (p *Page) tail(w http.ResponseWriter, _ *http.Request, v visitor) {
	s := p.o.Snapshot()
	p.show(w, http.StatusOK, "tail.html", struct {
		frame
		Inputs  []status.Input
		Outputs []status.Output
	}{p.frame(v, "Live tail", "/tail"), s.Inputs, s.Outputs})
}
