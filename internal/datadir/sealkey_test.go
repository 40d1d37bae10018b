package datadir

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/internal/seal"
	"plumbline/internal/sqldb"
)

func openStore(t *testing.T, dir string) *sqldb.Store {
	t.Helper()
	s, err := sqldb.Open(context.Background(), filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// signs says whether what a configuration signs is accepted with its last key.
func signs(t *testing.T, c Config, s *sqldb.Store) Signing {
	t.Helper()
	with, err := c.Signing(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := seal.Sign(&seal.Checkpoint{Origin: with.Signers[0].Name(), Size: 1}, with.Signers...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(msg, with.Keys[len(with.Keys)-1:], nil); err != nil {
		t.Error(err)
	}
	return with
}

// The key is made once, with rights for nobody else; a missing or another one is
// refused.
func TestSealKeyFile(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	c := Config{Data: dir, Sealing: Sealing{LogName: "log.example.org/a"}}
	first := signs(t, c, s)
	if info, err := os.Stat(filepath.Join(dir, sealKeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if again := signs(t, c, s); again.Keys[0] != first.Keys[0] || !strings.HasPrefix(first.Keys[0], "log.example.org/a+") {
		t.Errorf("%v, then %v", first.Keys, again.Keys)
	}
	other := t.TempDir()
	signs(t, Config{Data: other}, openStore(t, other))
	_, err := Config{Data: other}.Signing(context.Background(), s)
	told(t, err, "the key that is here isn't the log's")
	_, err = Config{Data: t.TempDir()}.Signing(context.Background(), s)
	told(t, err, "the key that signs this log isn't here; no backup has it")
	secret, err := os.ReadFile(filepath.Join(dir, sealKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	signs(t, Config{Data: t.TempDir(), Sealing: Sealing{SealKey: string(secret)}}, s)
	_, err = Config{Data: dir, Sealing: Sealing{SealKey: "PRIVATE+KEY+x"}}.Signing(context.Background(), s)
	told(t, err, "this is no key of a log")
	if strings.Contains(err.Error(), "PRIVATE+KEY+x") {
		t.Error("it shows the key")
	}
}

// A new key follows the old one with the word of both, and both sign until the
// old one is laid down.
func TestRotateKey(t *testing.T) {
	dir := t.TempDir()
	s, c, ctx := openStore(t, dir), Config{Data: dir}, context.Background()
	first := signs(t, c, s)
	public, err := c.RotateKey(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	both := signs(t, c, s)
	if len(both.Signers) != 2 || len(both.Keys) != 2 || both.Keys[0] != first.Keys[0] || both.Keys[1] != public {
		t.Errorf("%d sign; keys %v", len(both.Signers), both.Keys)
	}
	if _, err := s.VerifySeal(ctx, seal.Trust{}); err != nil {
		t.Error(err)
	}
	_, err = c.RotateKey(ctx, s)
	told(t, err, "an older key still signs beside the last one")
	if err := c.LayDownKey(); err != nil {
		t.Fatal(err)
	}
	if alone := signs(t, c, s); len(alone.Signers) != 1 {
		t.Error("the old one still signs")
	}
	told(t, c.LayDownKey(), "one key alone signs already")
}

// A command may hold the key in the program's place.
func TestSealKeyCommand(t *testing.T) {
	if os.Getenv("SIGN_AS_COMMAND") != "" {
		return
	}
	dir := t.TempDir()
	s := openStore(t, dir)
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	script := filepath.Join(dir, "kms")
	text := "#!/bin/sh\nif [ \"$2\" = public ]; then echo " + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)) + "; exit; fi\nexec " + os.Args[0] + " -test.run=TestSignAsCommand\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SIGN_AS_COMMAND", "1")
	c := Config{Data: dir, Sealing: Sealing{SealKeyCommand: script + " --key"}}
	signs(t, c, s)
	for what, want := range map[string]string{"echo x": "no base64", "false": "failed: exit status 1", filepath.Join(dir, "none"): "no such file", "echo": "0 bytes in place of 32"} {
		_, err := Config{Data: dir, Sealing: Sealing{SealKeyCommand: what}}.Signing(context.Background(), openStore(t, t.TempDir()))
		if err == nil || !strings.Contains(err.Error(), want) && what != "echo" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestSignAsCommand is the command of the test above.
func TestSignAsCommand(*testing.T) {
	if os.Getenv("SIGN_AS_COMMAND") == "" {
		return
	}
	msg := make([]byte, 1<<16)
	n, _ := os.Stdin.Read(msg)
	fmt.Println(base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)), msg[:n])))
	os.Exit(0)
}

func TestParseWitness(t *testing.T) {
	w, err := seal.NewCosigner("witness.example.org")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseWitness(w.Key() + "@https://u@witness.example.org/x")
	if err != nil || got != (Witnessed{w.Key(), "https://u@witness.example.org/x"}) {
		t.Errorf("%v, %v", got, err)
	}
	_, err = ParseWitness(w.Key())
	told(t, err, "is no witness with its address")
	_, err = ParseWitness("x@http://a")
	told(t, err, "is no key of a witness")
}
