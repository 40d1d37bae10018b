package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

// Setup is what a service begins with, as the page of the first start asks for it.
type Setup struct {
	Agency, Zone, Lang, Admin, Password string
	Packs                               []string
}

// SetupPack is a pack that can be chosen.
type SetupPack struct {
	Name, Version   string
	Title           errs.Text
	Rules, Verified int
}

// FirstOptions say what the page of the first start offers, and who does what is
// asked.
type FirstOptions struct {
	Packs []SetupPack
	Lang  errs.Lang
	Log   *slog.Logger
	Do    func(ctx context.Context, s Setup) error
	// Done is called once it is done and told.
	Done func()
}

// First is the page of the first start. It opens to whoever has its key, and once.
type First struct {
	opt   FirstOptions
	pages *Pages
	key   string
	once  sync.Mutex // of one that is being done
	done  bool
}

// NewFirst makes the page, and its key, which goes into the link that is printed.
func NewFirst(o FirstOptions) (f *First, key string, err error) {
	a, err := newAssets()
	if err != nil {
		return nil, "", err
	}
	f = &First{opt: o, key: rand.Text(), pages: &Pages{Options: Options{Lang: o.Lang, Log: o.Log}, assets: a}}
	return f, f.key, nil
}

// Handler answers who comes with the key.
func (f *First) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", f.pages.assets)
	mux.HandleFunc("GET /preferences", f.pages.preferences)
	mux.Handle("GET /setup", f.answer(f.show))
	mux.Handle("POST /setup", f.answer(f.do))
	mux.Handle("/", f.answer(func(*view) (templ.Component, error) { return nil, errNone }))
	return secure(mux, f.opt.Log)
}

func (f *First) answer(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &view{p: f.pages, w: w, r: r, Words: i18n.Words{Lang: f.pages.lang(r), Own: pageWords()}, theme: like(r, themeCookie)}
		f.pages.answer(v, a)
	})
}

// setupForm is what was written, and what is wrong with it.
type setupForm struct {
	Setup
	Key, Wrong string
	Packs      []SetupPack
	Done       bool
}

// chosen says whether a pack was ticked.
func (f setupForm) chosen(name string) bool { return slices.Contains(f.Setup.Packs, name) }

func (f *First) opens(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(f.key)) == 1
}

func (f *First) show(v *view) (templ.Component, error) {
	v.title = v.T("setup.title")
	key := v.r.URL.Query().Get("key")
	if !f.opens(key) {
		return nil, errNone
	}
	return setup(v, setupForm{Key: key, Packs: f.opt.Packs, Setup: Setup{Zone: "Asia/Shanghai", Lang: string(v.Lang)}}), nil
}

func (f *First) do(v *view) (templ.Component, error) {
	v.title = v.T("setup.title")
	in, err := v.readForm()
	if err != nil {
		return nil, err
	}
	if !f.opens(in.Get("key")) {
		return nil, errNone
	}
	text := func(name string) string { return strings.TrimSpace(in.Get(name)) }
	form := setupForm{Key: f.key, Packs: f.opt.Packs, Setup: Setup{Agency: text("agency"), Zone: text("zone"), Lang: text("lang"), Admin: text("admin"), Password: in.Get("password"), Packs: v.r.PostForm["pack"]}}
	f.once.Lock()
	defer f.once.Unlock()
	switch {
	case f.done:
		return nil, errNone
	case form.Agency == "" || form.Admin == "":
		err = &errs.Error{Code: errs.Usage, What: errs.T("the agency and the administrator need a name", "请填写单位名称和管理员账号")}
	case len(form.Setup.Packs) == 0:
		err = &errs.Error{Code: errs.Usage, What: errs.T("choose at least one pack of rules", "请至少选择一个规则包")}
	case in.Get("password") != in.Get("again"):
		err = &errs.Error{Code: errs.Usage, What: errs.T("the two passwords are not the same", "两次输入的密码不一致")}
	default:
		err = f.opt.Do(context.WithoutCancel(v.r.Context()), form.Setup)
	}
	form.Password = ""
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		v.status, form.Wrong = http.StatusUnprocessableEntity, e.In(v.Lang)
		return setup(v, form), nil
	}
	if err != nil {
		return nil, err
	}
	f.done, form.Done = true, true
	if f.opt.Done != nil {
		defer f.opt.Done()
	}
	return setup(v, form), nil
}
