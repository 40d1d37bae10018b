package sqldb

import (
	"fmt"
	"path/filepath"
	"testing"
)

func TestBackupsAreNoted(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	if list, err := s.Backups(ctx, 10); len(list) != 0 || err != nil {
		t.Fatalf("%v %v", list, err)
	}
	for i := range int64(3) {
		must(t, s.AddBackup(ctx, Backup{At: 1000 + 7, File: fmt.Sprintf("/b/%d", i), Size: 5, Encrypted: i == 2, Events: 9, Findings: 3, Program: "1"}))
	}
	list, err := s.Backups(ctx, 2)
	must(t, err)
	if len(list) != 2 || list[0] != (Backup{1007, "/b/2", 5, true, 9, 3, "1"}) || list[1].File != "/b/1" {
		t.Errorf("%+v", list)
	}
	if shape, err := s.Shape(ctx); err != nil || shape.Postgres || shape.Form < 13 || shape.Bytes == 0 {
		t.Errorf("%+v %v", shape, err)
	}
}
