package page

import (
	"fmt"
	"net/http"
	"time"

	"logrelay/relay"
	"logrelay/relay/status"
)

// maxShownLetters bounds the page of dead letters.
const maxShownLetters = 200

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
	p.showLetters(w, r, http.StatusOK, lettersPage{frame: p.frame(v, "Dead letters", "/dead-letters")})
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

// retry sends one letter, or all of an output, once more.
func (p *Page) retry(w http.ResponseWriter, r *http.Request, v visitor) {
	q := status.LetterQuery{Output: r.PostFormValue("output")}
	if id := r.PostFormValue("id"); id != "" {
		q.IDs = []string{id}
	} else {
		q.All = true
	}
	if q.Output == "" {
		p.fail(w, v, http.StatusBadRequest, "The form names no output.")
		return
	}
	res, err := p.o.Actions.RetryDeadLetters(r.Context(), q)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(streamPatience)) // that may have taken a while
	status.Audit(p.log, status.Change{Action: "dead letters retry", By: v.name}, err, "output", q.Output, "all", q.All, "ids", len(q.IDs), "done", res.Done)
	page := lettersPage{frame: p.frame(v, "Dead letters", "/dead-letters"), Errors: res.Errors, Failed: err != nil || res.Left > 0}
	page.Result = fmt.Sprintf("Delivered: %d. Still refused: %d.", res.Done, res.Left)
	code := http.StatusOK
	if err != nil {
		code = http.StatusUnprocessableEntity
		page.Errors = append(page.Errors, err.Error())
		if hint := relay.HintOf(err); hint != "" {
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
