package web

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/ledger"
)

//go:embed words.yaml
var wordsYAML []byte

var pageWords = sync.OnceValue(func() *i18n.Catalogue {
	return i18n.Read(slices.Concat(wordsYAML, recordYAML, workYAML, adminYAML, qualityYAML))
})

// view is one request: in which words it is answered, to whom, as of when.
type view struct {
	i18n.Words
	p       *Pages
	w       http.ResponseWriter
	r       *http.Request
	who     *access.Who // nil: nobody is signed in
	fault   error       // why that isn't known
	now     clock.Instant
	theme   string // light or dark; "": as the system has it
	density string // compact or roomy; "": normal
	place   string // of the rail
	title   string
	status  int // other than 200
	byState map[ledger.State]int64
	spells  *[]ledger.Spell // nil: not asked for yet
}

// The cookies of what a visitor likes to see. They say nothing about anybody.
const (
	langCookie    = "plumbline_lang"
	themeCookie   = "plumbline_theme"
	densityCookie = "plumbline_density"
)

// likes are the values that those cookies may have.
var likes = map[string][]string{langCookie: {"en", "zh"}, themeCookie: {"light", "dark"}, densityCookie: {"compact", "normal", "roomy"}}

func (p *Pages) view(w http.ResponseWriter, r *http.Request) *view {
	v := &view{p: p, w: w, r: r, now: p.Service.Now()}
	v.Words = i18n.Words{Lang: p.lang(r), Own: pageWords()}
	v.theme = like(r, themeCookie)
	if v.density = like(r, densityCookie); v.density == "normal" {
		v.density = ""
	}
	if cookie := p.Identity.CookieOf(r); cookie != "" {
		v.who, v.fault = p.Identity.Session(r.Context(), cookie)
	}
	return v
}

// lang is the language that was chosen, else the one that the browser asks for,
// else the agency's.
func (p *Pages) lang(r *http.Request) errs.Lang {
	if l := like(r, langCookie); l != "" {
		return errs.Lang(l)
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return p.Lang
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case "zh":
			return errs.Zh
		case "en":
			return errs.En
		}
	}
	return p.Lang
}

// like is the value of a cookie, "" where it is none that it may have.
func like(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	for _, v := range likes[name] {
		if v == c.Value {
			return v
		}
	}
	return ""
}

// preferences keeps what a visitor likes to see, and goes back.
func (p *Pages) preferences(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range likes {
		_, key, _ := strings.Cut(name, "_")
		for _, v := range values {
			if q.Get(key) == v {
				http.SetCookie(w, &http.Cookie{Name: name, Value: v, Path: "/", MaxAge: int((400 * 24 * time.Hour).Seconds()), SameSite: http.SameSiteLaxMode})
			}
		}
	}
	http.Redirect(w, r, local(q.Get("back")), http.StatusSeeOther)
}

// local is a path of this host, the front page where to is none.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

func escapeQuery(s string) string { return url.QueryEscape(s) }

// unescapeQuery is the other way; "" of what is none.
func unescapeQuery(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return ""
	}
	return out
}

// prefer is the address that sets something and comes back to this page.
func (v *view) prefer(key, value string) string {
	return "/preferences?" + key + "=" + value + "&back=" + escapeQuery(v.here())
}

// agency is what the agency is called; a demonstration's in the page's language.
func (v *view) agency() string {
	if d := v.p.Demo; d != nil && d.Agency.En != "" {
		return d.Agency.In(v.Lang)
	}
	return v.p.Agency
}

// here is the address of the page that is shown; after a form, the form's.
func (v *view) here() string { return v.r.URL.RequestURI() }

// htmlLang is the language as documents name it.
func (v *view) htmlLang() string {
	if v.Lang == errs.Zh {
		return "zh-CN"
	}
	return "en"
}

// other is the other language, and what it calls itself.
func (v *view) other() (lang, html, name string) {
	if v.Lang == errs.Zh {
		return "en", "en", "English"
	}
	return "zh", "zh-CN", "中文"
}

// otherTheme is what the switch of light and dark sets; the script knows better
// where the system decides.
func (v *view) otherTheme() string {
	if v.theme == "dark" {
		return "light"
	}
	return "dark"
}

// asset is the address of a static file.
func (v *view) asset(name string) string { return v.p.assets.names[name] }

// unit is what a unit is called now; its id where nobody knows it.
func (v *view) unit(id string) string {
	if v.p.Unit != nil && id != "" {
		if name := v.p.Unit(id, v.now).In(v.Lang); name != "" {
			return name
		}
	}
	return id
}

// count is what stands beside a place in the rail; "" for nothing.
func (v *view) count(key string) string {
	if key != "findings" {
		return ""
	}
	states, err := v.states()
	if err != nil {
		return "" // the page says what is wrong
	}
	return v.Int(int(sum(states) - states[ledger.Closed]))
}
