package datadir

import (
	"errors"
	"net/netip"
	"net/url"
	"path/filepath"

	"plumbline/internal/access"
	"plumbline/internal/errs"
	"plumbline/internal/yamlfile"
)

// SignIn says how people sign in: `sign_in` of plumbline.yaml, and there alone,
// since it belongs to the agency and not to a start of the program.
type SignIn struct {
	Origin   string        // how browsers reach the service, as https://plumbline.example; "": http on this machine
	Breached string        // a file of breached passwords
	Second   []access.Role // that want a second factor
	OIDC     OIDC
	Proxies  []netip.Prefix // whose word on where a request comes from counts
}

// OIDC is the agency's own sign-in; without an issuer there is none.
type OIDC struct {
	Issuer string
	Client string
	Secret string // a file with the client's secret
	Claim  string // which claim an account's name outside is held against; "": sub
}

const signInKey = "sign_in"

// signIn reads the section. Files in it are seen from the data directory.
func signIn(f *yamlfile.File, node *yamlfile.Node, dir string) (s SignIn) {
	if node == nil {
		return s
	}
	fields := f.Fields(node, errs.T("how people sign in", "登录设置"), "origin", "breached", "second_factor", "oidc", "proxies")
	s.Origin = f.Word(fields["origin"])
	if u, err := url.Parse(s.Origin); s.Origin != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "") {
		f.Fail(fields["origin"], errs.Tf("%q isn't how a browser reaches a service", "%q 不是浏览器访问服务的地址", s.Origin),
			errs.T("write https:// and the host's name, no slash after it", "请写 https:// 加主机名，末尾不加斜杠"))
	}
	s.Breached = beside(dir, f.Word(fields["breached"]))
	for _, word := range f.Words(fields["second_factor"]) {
		r, err := access.ParseRole(word)
		if e := (*errs.Error)(nil); errors.As(err, &e) {
			f.Fail(fields["second_factor"], e.What, e.Next)
		}
		s.Second = append(s.Second, r)
	}
	for _, word := range f.Words(fields["proxies"]) {
		p, err := netip.ParsePrefix(word)
		if a, e := netip.ParseAddr(word); e == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			f.Fail(fields["proxies"], errs.Tf("%q is no address or network", "%q 不是地址或网段", word), errs.T("write 10.0.0.5 or 10.0.0.0/24", "请写 10.0.0.5 或 10.0.0.0/24"))
		}
		s.Proxies = append(s.Proxies, p.Masked())
	}
	if o := fields["oidc"]; o != nil {
		what := errs.T("the agency's own sign-in", "单位统一认证")
		parts := f.Fields(o, what, "issuer", "client", "secret_file", "claim")
		if f.Needed(o, parts, "issuer") && f.Needed(o, parts, "client") {
			s.OIDC = OIDC{f.Word(parts["issuer"]), f.Word(parts["client"]), beside(dir, f.Word(parts["secret_file"])), f.Word(parts["claim"])}
		}
		if s.Origin == "" {
			f.Fail(o, errs.T("the agency's own sign-in wants origin, to which it sends browsers back", "统一认证需要 origin，以便浏览器返回"), errs.Text{})
		}
	}
	return s
}

// beside is a path seen from a folder.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
