package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/service"
)

// verifyView is what the page shows on which everybody can look at the seal.
type verifyView struct {
	Origin    string
	Keys      []string
	Size      string
	Signed    string
	Root      string
	Wrongly   string // what is wrong with the log, and why; "" where nothing is
	Problem   string
	Fresh     bool
	Witnesses []witnessView
	Wrong     string // why what was given proves nothing
	Proven    *provenView
	OtherKeys string // that were given
}

// witnessView is how one witness stands.
type witnessView struct {
	Name, Key, Word, Mark, At, Size, Problem string
}

// provenView is what a proof proves.
type provenView struct {
	Kind, Ref, At, Leaf, Of, Text, Whose string
	Cosigned                             []string
}

func (p *Pages) verifyPage(v *view) (templ.Component, error) { return p.verifyWith(v, verifyView{}) }

func (p *Pages) verifyWith(v *view, out verifyView) (templ.Component, error) {
	v.title, v.place = v.T("verify.title"), "verify"
	s, err := p.Seal.Status(v.r.Context())
	if err != nil {
		return nil, err
	}
	out.Origin, out.Keys, out.Size, out.Signed, out.Fresh = s.Origin, s.Keys, v.Int(int(s.Size)), v.Int(int(s.Signed)), s.Fresh
	if s.Signed > 0 {
		out.Root = s.Root.String()
	}
	switch {
	case s.Problem != nil:
		out.Wrongly, out.Problem = v.T("verify.not_signed"), errs.In(s.Problem, v.Lang)
	case s.Denied != nil:
		out.Wrongly, out.Problem = v.T("verify.denied"), errs.In(s.Denied, v.Lang)
	}
	for _, w := range s.Witnesses {
		one := witnessView{Name: w.Name, Key: w.Key, Size: v.Int(int(w.Size)), Mark: "met", Word: v.T("verify.fresh"), At: "—"}
		if !w.At.IsZero() {
			one.At = v.at(clock.InstantOf(w.At))
		}
		switch {
		case w.Denies:
			one.Mark, one.Word = "breach", v.T("verify.denies")
		case !w.Fresh:
			one.Mark, one.Word = "risk", v.T("verify.stale")
		}
		if w.Problem != nil {
			one.Problem = errs.In(w.Problem, v.Lang)
		}
		out.Witnesses = append(out.Witnesses, one)
	}
	return verify(v, out), nil
}

// maxProof is the longest proof that the page reads.
const maxProof = 1 << 20

// verifyProof checks a proof that somebody has, by the keys of this log or by those
// that are given.
func (p *Pages) verifyProof(v *view) (templ.Component, error) {
	form, err := v.readForm()
	if err != nil {
		return nil, err
	}
	text := []byte(form.Get("text"))
	if file, _, err := v.r.FormFile("proof"); err == nil {
		defer file.Close()
		read, err := io.ReadAll(io.LimitReader(file, maxProof))
		if err != nil {
			return nil, err
		}
		if len(read) > 0 {
			text = read
		}
	} else if !errors.Is(err, http.ErrMissingFile) && !errors.Is(err, http.ErrNotMultipart) {
		return nil, err
	}
	out := verifyView{OtherKeys: strings.TrimSpace(form.Get("keys"))}
	proven, err := v.proven(text, strings.Fields(out.OtherKeys))
	if err != nil && errs.CodeOf(err) == errs.Internal {
		return nil, err
	}
	if err != nil {
		v.status, out.Wrong = http.StatusUnprocessableEntity, errs.In(err, v.Lang)
	}
	out.Proven = proven
	return p.verifyWith(v, out)
}

func (v *view) proven(text []byte, keys []string) (*provenView, error) {
	proof, err := seal.ParseProof([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	if err != nil {
		return nil, err
	}
	s, err := v.p.Seal.Status(v.r.Context())
	if err != nil {
		return nil, err
	}
	out := &provenView{Whose: v.T("verify.by_given")}
	if len(keys) == 0 {
		keys, out.Whose = s.Keys, v.T("verify.by_ours", s.Origin)
	}
	var witnesses []string
	names := map[string]string{}
	for _, w := range s.Witnesses {
		witnesses = append(witnesses, w.Key)
		names[w.Key] = w.Name
	}
	signed, err := proof.Check(keys, witnesses)
	if err != nil {
		return nil, err
	}
	o := &proof.Opening
	out.Kind, out.Ref, out.At, out.Leaf, out.Of = o.Kind, o.Ref, v.Time(v.p.Zone, o.At), v.Int(int(proof.Index)), v.Int(int(signed.Size))
	out.Text = shownRaw(o.Body)
	if o.Event != nil {
		out.Text = o.Event.Text
	}
	for _, c := range signed.Cosigned {
		out.Cosigned = append(out.Cosigned, names[c.Key])
	}
	return out, nil
}

// findingProof gives the proof of a finding, to who may read all of it.
func (p *Pages) findingProof(v *view) (templ.Component, error) {
	return v.proofOf("finding", func(id string) ([]byte, error) { return p.Seal.ProveFinding(v.r.Context(), id) })
}

// moveProof gives the proof of a move of its item.
func (p *Pages) moveProof(v *view) (templ.Component, error) {
	number, err := strconv.ParseInt(v.r.PathValue("number"), 10, 64)
	if err != nil {
		return nil, errNone
	}
	return v.proofOf(fmt.Sprint("move-", number), func(id string) ([]byte, error) {
		d, err := p.Ledger.Item(v.r.Context(), v.mover(), id)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, errNone
		}
		for i := range d.Moves {
			if m := &d.Moves[i]; m.Number == number && m.Link != "" { // the proof holds the whole of the move
				if _, err := v.readable(m.Link); err != nil {
					return nil, err
				}
			}
		}
		return p.Seal.ProveMove(v.r.Context(), id, number)
	})
}

// fileProof gives the proof of a file that its item has.
func (p *Pages) fileProof(v *view) (templ.Component, error) {
	return v.proofOf("file-"+v.r.PathValue("hash"), func(id string) ([]byte, error) {
		f, _, err := p.Ledger.File(v.r.Context(), id, v.r.PathValue("hash"))
		if err != nil {
			return nil, err
		}
		if f == nil {
			return nil, service.ErrNone
		}
		return p.Seal.ProveFile(v.r.Context(), f.Hash)
	})
}

// proofOf gives a proof of something of a finding, to who may read all of that.
func (v *view) proofOf(what string, prove func(id string) ([]byte, error)) (templ.Component, error) {
	id := v.r.PathValue("id")
	thing, err := v.readable(id)
	if err != nil {
		return nil, err
	}
	if err := v.must(access.FindingPersons, thing); err != nil {
		return nil, err
	}
	text, err := prove(id)
	if err != nil {
		return nil, gone(err)
	}
	return nil, raw{"text/plain; charset=utf-8", what + "-" + id + ".tlog-proof", text}
}

// sealed is what the seal stands at, for the foot of what is printed; "" where nothing
// is signed, or it can't be said.
func (v *view) sealed() string {
	if v.p.Seal == nil {
		return ""
	}
	s, err := v.p.Seal.Status(v.r.Context())
	if err != nil || s.Signed == 0 {
		return ""
	}
	return v.T("shell.print_seal", s.Origin, v.Int(int(s.Signed)), s.Root.String())
}
