package identity_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline/internal/access"
	"plumbline/internal/identity"
)

// issuer is a provider of OpenID Connect: discovery, keys, the code flow with PKCE.
type issuer struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any // of the id token, besides those that every one has
	codes  map[string]url.Values
	spoil  func(claims map[string]any)
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &issuer{t: t, key: key, claims: map[string]any{"sub": "u-17"}, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		code := rand.Text()
		p.codes[code] = r.URL.Query()
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		asked := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		name, secret, _ := r.BasicAuth()
		if name == "" {
			name, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		verifier := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if asked == nil || name != "plumbline" || secret != "s3cret" || asked.Get("code_challenge") != b64(verifier[:]) || asked.Get("redirect_uri") != r.FormValue("redirect_uri") {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.token(asked.Get("nonce"))})
	})
	return p
}

func (p *issuer) token(nonce string) string {
	now := time.Now().Unix()
	claims := map[string]any{"iss": p.URL, "aud": "plumbline", "iat": now, "exp": now + 300, "nonce": nonce}
	maps.Copy(claims, p.claims)
	if p.spoil != nil {
		p.spoil(claims)
	}
	part := func(v any) string {
		text, err := json.Marshal(v)
		must(p.t, err)
		return b64(text)
	}
	signed := part(map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}) + "." + part(claims)
	hash := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, hash[:])
	must(p.t, err)
	return signed + "." + b64(signature)
}

// walk goes where a browser goes, and comes back.
func (p *issuer) walk(d *desk) (*http.Request, error) {
	p.t.Helper()
	to, cookie, err := d.BeginOIDC(p.t.Context())
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := client.Get(to)
	must(p.t, err)
	w.Body.Close()
	back := w.Header.Get("Location")
	if !strings.HasPrefix(back, "https://plumbline.example"+identity.OIDCPath+"?") || !cookie.Secure || !cookie.HttpOnly {
		p.t.Fatalf("%s, %v", back, cookie)
	}
	r := httptest.NewRequest("GET", back, nil)
	r.AddCookie(cookie)
	return r, nil
}

func TestOIDC(t *testing.T) {
	p := newIssuer(t)
	d := newDesk(t, func(o *identity.Options) {
		o.OIDC = identity.OIDC{Issuer: p.URL, Client: "plumbline", Secret: "s3cret"}
		o.Second = []access.Role{access.Administrator}
	})
	must(t, d.Add(t.Context(), identity.Account{Name: "chen", External: "u-17", Roles: []access.Role{access.Administrator}}, ""))
	in := func() (*identity.Granted, error) {
		t.Helper()
		r, err := p.walk(d)
		must(t, err)
		g, err := d.FinishOIDC(t.Context(), r)
		if err != nil {
			told(t, err)
		}
		return g, err
	}
	g, err := in()
	must(t, err)
	if g.Who.Account != "chen" || g.Who.Unfit != access.NoSecond {
		t.Errorf("%+v", g.Who)
	}
	p.claims["amr"] = []string{"pwd", "mfa"}
	if g, err = in(); err != nil || g.Who.Unfit != access.Fit {
		t.Errorf("%+v %v", g, err)
	}
	for name, spoil := range map[string]func(map[string]any){
		"somebody without an account": func(c map[string]any) { c["sub"] = "u-18" },
		"for another client":          func(c map[string]any) { c["aud"] = "other" },
		"of another issuer":           func(c map[string]any) { c["iss"] = "https://elsewhere.example" },
		"for another sign-in":         func(c map[string]any) { c["nonce"] = "x" },
		"long over":                   func(c map[string]any) { c["exp"] = 1000 },
		"of nobody":                   func(c map[string]any) { delete(c, "sub") },
	} {
		p.spoil = spoil
		if _, err := in(); !errors.Is(err, identity.ErrWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.spoil = nil
	for name, spoil := range map[string]func(r *http.Request){
		"another's browser": func(r *http.Request) { r.Header.Del("Cookie") },
		"another state":     func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "state=", "state=x", 1) },
		"a code of no use":  func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "code=", "code=x", 1) },
		"refused there":     func(r *http.Request) { r.URL.RawQuery += "&error=access_denied" },
	} {
		r, err := p.walk(d)
		must(t, err)
		spoil(r)
		if _, err := d.FinishOIDC(t.Context(), r); !errors.Is(err, identity.ErrWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.Disable(t.Context(), "chen"))
	if _, err := in(); !errors.Is(err, identity.ErrWrong) {
		t.Errorf("disabled: %v", err)
	}
}

// An address counts only where the agency has verified it.
func TestOIDCByAddress(t *testing.T) {
	p := newIssuer(t)
	d := newDesk(t, func(o *identity.Options) {
		o.OIDC = identity.OIDC{Issuer: p.URL, Client: "plumbline", Secret: "s3cret", Claim: "email"}
	})
	must(t, d.Add(t.Context(), identity.Account{Name: "chen", External: "chen@agency.example", Roles: []access.Role{access.Officer}}, ""))
	for verified, want := range map[any]error{true: nil, false: identity.ErrWrong, "true": identity.ErrWrong} {
		p.claims["email"], p.claims["email_verified"] = "chen@agency.example", verified
		r, err := p.walk(d)
		must(t, err)
		if _, err := d.FinishOIDC(t.Context(), r); !errors.Is(err, want) {
			t.Errorf("verified %v: %v", verified, err)
		}
	}
	p.Close()
	down := newDesk(t, func(o *identity.Options) { o.OIDC = identity.OIDC{Issuer: p.URL, Client: "plumbline"} })
	if _, err := p.walk(down); err == nil {
		t.Error("a provider that is down")
	} else {
		told(t, err)
	}
	if none := newDesk(t, nil); none.HasOIDC() {
		t.Error("there is one")
	}
}
