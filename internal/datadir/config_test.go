package datadir

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"plumbline/internal/access"

	"plumbline/internal/errs"
)

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// told wants an error that says this in English, and something in Chinese.
func told(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v; want %q in it", err, want)
		return
	}
	if zh := errs.In(err, errs.Zh); zh == errs.In(err, errs.En) {
		t.Errorf("only in one language: %v", err)
	}
}

// Flags come before the environment, that before the file, that before what
// holds without any.
func TestWhatCounts(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plumbline.yaml")
	for _, c := range []struct {
		name  string
		flags Config
		env   string
		yaml  string
		want  Config
	}{
		{"nothing said", Config{}, "", "", Config{Listen: "127.0.0.1:8080", LogFormat: "text"}},
		{"the file", Config{}, "", "listen: ':80'\nlang: zh\nlog_format: json\npostgres: postgres://h/d\nwatch:\n- {dir: in, source: a=b}\n- {dir: /in, source: b}\n",
			Config{Listen: ":80", Lang: "zh", LogFormat: "json", Postgres: "postgres://h/d", Watch: []Watch{{filepath.Join(dir, "in"), "a=b"}, {"/in", "b"}}}},
		{"the environment", Config{}, "PLUMBLINE_LISTEN=:81 PLUMBLINE_LANG=en PLUMBLINE_LOG_FORMAT=text PLUMBLINE_POSTGRES=postgresql://e/d PLUMBLINE_WATCH=/a=x;/b=y HOME=/", "listen: ':80'\nlang: zh\nlog_format: json\nwatch: [{dir: in, source: a}]\n",
			Config{Listen: ":81", Lang: "en", LogFormat: "text", Postgres: "postgresql://e/d", Watch: []Watch{{"/a", "x"}, {"/b", "y"}}}},
		{"flags", Config{Listen: ":82", LogFormat: "json", Watch: []Watch{{"/f", "f"}}}, "PLUMBLINE_LISTEN=:81 PLUMBLINE_WATCH=/a=x", "listen: ':80'\nlang: zh\n",
			Config{Listen: ":82", Lang: "zh", LogFormat: "json", Watch: []Watch{{"/f", "f"}}}},
		{"signing in", Config{}, "", "sign_in:\n  origin: https://plumbline.example\n  breached: list.txt\n  second_factor: [administrator]\n  oidc: {issuer: 'https://id.example', client: c, secret_file: /s, claim: email}\n  proxies: [10.0.0.5, 10.1.2.3/16]\n",
			Config{Listen: "127.0.0.1:8080", LogFormat: "text", SignIn: SignIn{"https://plumbline.example", filepath.Join(dir, "list.txt"), []access.Role{access.Administrator}, OIDC{"https://id.example", "c", "/s", "email"}, []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("10.1.0.0/16")}}}},
		{"names that only begin like ours", Config{}, "PLUMBLINE_LOGS=/x PLUMBLINE_ORACLE_SEED=1 PLUMBLINE_SERVICE_HOST=1.2.3.4 PLUMBLINE_PORT_8080_TCP=x", "", Config{Listen: "127.0.0.1:8080", LogFormat: "text"}},
	} {
		os.Remove(file)
		if c.yaml != "" {
			write(t, file, c.yaml)
		}
		c.flags.Data, c.want.Data = dir, dir
		got, err := Load(c.flags, strings.Fields(c.env))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", c.name, got, err, c.want)
		}
	}
	got, err := Load(Config{}, []string{"PLUMBLINE_DATA=" + dir})
	if err != nil || got.Data != dir {
		t.Errorf("the directory from the environment: %+v, %v", got, err)
	}
}

func TestWrongKeysAndValues(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ env, yaml, want string }{
		{"PLUMBLINE_LISTN=:80", "", "no variable PLUMBLINE_LISTN is known in the environment; did you mean \"PLUMBLINE_LISTEN\"?"},
		{"PLUMBLINE_WATCH=/a", "", `"/a" is no folder with its source; write DIR=SOURCE`},
		{"PLUMBLINE_LISTEN=8080", "", `listen can't be "8080"; write an address and a port`},
		{"PLUMBLINE_LISTEN=:http", "", `listen can't be ":http"`},
		{"PLUMBLINE_LANG=cn", "", `lang can't be "cn"`},
		{"PLUMBLINE_LOG_FORMAT=jsno", "", `log_format can't be "jsno"; did you mean "json"?`},
		{"PLUMBLINE_POSTGRES=mysql://u:secret@h/d", "", "postgres is not the URL of a PostgreSQL database"},
		{"", "lisen: ':80'\n", `plumbline.yaml:1:1: the configuration has no key "lisen"; did you mean "listen"?`},
		{"", "listen: ':80'\ndata: /x\n", `plumbline.yaml:2:1: the configuration has no key "data"`},
		{"", "lang: de\n", "plumbline.yaml:1:7: expected one of en, zh"},
		{"", "watch:\n- dir: in\n", "plumbline.yaml:2:3: source is missing"},
		{"", "watch:\n- dir: in\n  sorce: a\n", `has no key "sorce"; did you mean "source"?`},
		{"", "sign_in: {origin: plumbline.example}\n", `plumbline.yaml:1:19: "plumbline.example" isn't how a browser reaches a service`},
		{"", "sign_in: {proxies: [localhost]}\n", `"localhost" is no address or network`},
		{"", "sign_in: {second_factor: [adminstrator]}\n", `there is no role "adminstrator"; did you mean "administrator"?`},
		{"", "sign_in: {origin: 'https://x', oidc: {issuer: 'https://id.example'}}\n", "client is missing"},
		{"", "sign_in: {oidc: {issuer: 'https://id.example', client: c}}\n", "wants origin"},
		{"", "listen: 8080\n", `listen can't be "8080"`},
	} {
		os.Remove(filepath.Join(dir, "plumbline.yaml"))
		if c.yaml != "" {
			write(t, filepath.Join(dir, "plumbline.yaml"), c.yaml)
		}
		_, err := Load(Config{Data: dir}, strings.Fields(c.env))
		told(t, err, c.want)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a password is shown: %v", err)
		}
	}
	_, err := Load(Config{}, nil)
	told(t, err, "no data directory is given; write --data DIR, or set PLUMBLINE_DATA")
}
