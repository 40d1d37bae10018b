package web

import (
	"context"
	"errors"
	"math"
	"net/http"

	"plumbline/internal/access"
	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/identity"
	"plumbline/internal/org"
	"plumbline/internal/service"
)

// What a fake knows of second factors: one code is right, one visitor comes back from
// the agency's own sign-in.

func (gate) HasPasskeys() bool { return true }
func (gate) HasOIDC() bool     { return true }

func (gate) Passkeys(context.Context, string) ([]identity.Passkey, error) {
	return []identity.Passkey{{ID: "k1", Name: hostile, Created: now, Used: now}, {ID: "k2", Created: now}}, nil
}

func (gate) HasPassword(context.Context, string) (bool, error) { return true, nil }

func (gate) DropPasskey(_ context.Context, _ *access.Who, _, password string) error {
	return once(password)
}

// once is that the password is asked for again.
func once(password string) error {
	if password != "right" {
		return &errs.Error{Code: errs.Usage, Err: identity.ErrWrong, What: errs.T("the password is wrong", "密码错误")}
	}
	return nil
}

func (gate) BeginSecond(*access.Who) string { return "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }

func (g gate) Second(context.Context, string) (int, bool, error) {
	return 2, len(g.who.Units) == 0, nil
}

func (gate) ConfirmSecond(_ context.Context, _ *access.Who, _, code, password string) ([]string, error) {
	if err := once(password); err != nil {
		return nil, err
	}
	return spare(code)
}

func (gate) NewRecovery(_ context.Context, _ *access.Who, code, password string) ([]string, error) {
	if err := once(password); err != nil {
		return nil, err
	}
	return spare(code)
}

func (gate) DropSecond(_ context.Context, _ *access.Who, code, password string) error {
	_, err := spare(code)
	return errors.Join(err, once(password))
}

func spare(code string) ([]string, error) {
	if code != "123456" {
		return nil, &errs.Error{Code: errs.Usage, Err: identity.ErrCode, What: errs.T("the code is wrong", "动态验证码错误")}
	}
	return []string{"AAAA-BBBB-CCCC-DDDD"}, nil
}

func (gate) BeginOIDC(context.Context) (string, *http.Cookie, error) {
	return "https://id.example/authorize?state=x", &http.Cookie{Name: "plumbline-oidc", Value: "x", MaxAge: 600, Secure: true}, nil
}

func (gate) FinishOIDC(_ context.Context, r *http.Request) (*identity.Granted, error) {
	switch r.URL.Query().Get("code") {
	case "right":
		return &identity.Granted{Cookie: "let-in"}, nil
	case "fault":
		return nil, errors.New("secret of the machine")
	}
	return nil, &errs.Error{Code: errs.Usage, Err: identity.ErrWrong, What: errs.T("no account here is yours", "您在本系统没有账户")}
}

func (gate) Change(_ context.Context, _ string, change func(*identity.Account)) error {
	a := identity.Account{}
	change(&a)
	if len(a.Roles) == 0 {
		return &errs.Error{Code: errs.Usage, What: errs.T("the account has no role", "该账户没有角色")}
	}
	return nil
}

// The organisation over a fake: one that is there, what would be another.
const chart1 = `units:
  - {id: u0, title: {en: Top, zh: 总队}}
  - {id: u1, title: {en: "Branch <script>alert(1)</script>", zh: "支队<script>alert(1)</script>"}, parent: u0}
posts:
  chief: {en: Chief, zh: 负责人}
officers:
  - {id: P1, unit: u1, post: chief, rank: "<script>alert(1)</script>"}
`

// ours is the organisation over a fake; none is a system where nobody imported one.
type ours struct {
	*fake
	zone *clock.Zone
	none bool
	seen int64
	// conflicts that there are; nothing is past where there are any
	conflicts string
}

func (o *ours) parsed(body []byte, was *org.Organisation) (*org.Organisation, error) {
	d, err := org.ParseDraft("x.yaml", body)
	if err != nil {
		return nil, err
	}
	return d.Over(was, 0, false, o.zone)
}

func (o *ours) Time() clock.Instant { return now }

func (o *ours) As(context.Context, int64) (*org.Organisation, int64, error) {
	if o.none {
		return nil, 0, o.fault
	}
	is, err := o.parsed([]byte(chart1+o.conflicts), nil)
	return is, o.seen, errors.Join(err, o.fault)
}

func (o *ours) Revisions(context.Context, int) ([]org.Revision, error) {
	if o.none {
		return nil, o.fault
	}
	return []org.Revision{{Number: 2, At: now, Account: hostile, Reason: hostile, Past: true, Touched: 7, Units: 1, People: 3, HasFrom: true, From: clock.NewDay(2026, 3, 1)}, {Number: 1, At: now}}, o.fault
}

func (o *ours) Touching(_ context.Context, finding int64) ([]org.Revision, error) {
	if finding%2 == 0 {
		return nil, o.fault
	}
	return []org.Revision{{Number: 2, At: now, HasFrom: true, From: clock.NewDay(2026, 3, 1)}, {Number: 4, At: now, HasFrom: true, From: math.MinInt32}}, o.fault
}

func (*ours) Read(name string, body []byte) (*org.Draft, error) { return org.ParseDraft(name, body) }

func (o *ours) Plan(ctx context.Context, who org.Author, d *org.Draft, from clock.Day, hasFrom bool) (*org.Plan, error) {
	was, _, err := o.As(ctx, 0)
	if err != nil {
		return nil, err
	}
	is, err := d.Over(was, from, hasFrom, o.zone)
	if err != nil {
		return nil, err
	}
	p := &org.Plan{Seen: o.seen, Is: is, Differs: org.Compare(was, is), First: was == nil, Past: was != nil && o.conflicts == "", Touched: []org.Touch{{Finding: "f1", Number: 1, Subject: "P1", Unit: "u1"}, {Finding: "f2", Number: 2, Subject: "P2", Unit: "u1"}, {Finding: "f3", Number: 3, Subject: "P3", Unit: "u1"}}}
	if who.Person == "P1" && o.who(who) {
		p.Bar = &errs.Error{Code: errs.Usage, What: errs.T("this concerns you", "此变更与您本人有关"), Next: errs.T("let somebody else enter it", "请由他人录入")}
	}
	return p, nil
}

func (*ours) who(a org.Author) bool { return a.Account == "barred" }

func (o *ours) Apply(_ context.Context, _ org.Author, p *org.Plan, reason string) (*org.Revision, error) {
	if p.Past && reason == "" {
		return nil, &errs.Error{Code: errs.Usage, What: errs.T("this needs a reason", "须说明理由")}
	}
	o.seen++
	return &org.Revision{Number: o.seen}, nil
}

// mint makes tokens over a fake.
type mint struct{}

func (mint) Add(_ context.Context, src service.Source) (string, error) {
	if src.Name == "taken" {
		return "", &errs.Error{Code: errs.Usage, What: errs.T("there is one already", "已有来源")}
	}
	return "plb_once", nil
}

func (mint) Rotate(context.Context, string) (string, error) { return "plb_another", nil }
func (mint) Disable(context.Context, string) error          { return nil }

// engine is a machine over a fake, in the worst state that it can be in where it is
// worn.
type engine struct{ worn, empty bool }

func (e engine) Health(context.Context) (Health, error) {
	h := Health{Version: "1", Data: "/d/" + hostile, Listens: ":8080", Began: now, Clock: now, Form: 13, Record: 1 << 30, Free: 50 << 30, Disk: 100 << 30, Queue: 3, Image: now, ImageBytes: 1 << 20}
	if e.worn {
		h.Postgres, h.Trouble, h.Free, h.Clock, h.Image = false, errors.New(hostile), 1<<30, now+clock.Instant(hour), 0
	}
	return h, nil
}

func (engine) Key() KeyPlace { return KeyInFile }

func (e engine) Backups(context.Context) ([]Backup, error) {
	if e.empty {
		return nil, nil
	}
	return []Backup{{At: now - clock.Instant(3*day), File: hostile, Size: 5 << 20, Encrypted: true, Events: 12}, {At: now - clock.Instant(9*day), File: "/b"}}, nil
}

func (engine) Known() ([]SetupPack, error) {
	return []SetupPack{{Name: "it-traffic-fines", Version: "9", Title: errs.T("Fines", "罚款"), Rules: 12, Verified: 3}, {Name: "mine", Version: hostile, Title: errs.T(hostile, hostile)}}, nil
}
