package cli

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The demo as a newcomer runs it: it says where it answers and with which token,
// answers there, and an interrupt ends it well; run again, it goes on.
func TestDemoServes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct{ lang, says, stopped string }{
		{"en", "two years of a simulated agency", "Stopped. The same command goes on from here"},
		{"zh", "服务从上次停止处继续", "已停止。再次运行同一命令即从此处继续"},
	} {
		said := demoOnce(t, "--lang", c.lang, "demo", "--cases", "300", "--agency", "100", "--dir", dir, "--listen", "127.0.0.1:0")
		if !strings.Contains(said, c.says) || !strings.Contains(said, c.stopped) {
			t.Errorf("%s:\n%s", c.lang, said)
		}
	}
}

var (
	demoToken = regexp.MustCompile(`TOKEN=(plb_\S+)`)
	demoAsk   = regexp.MustCompile(`'(http://\S+/api/v1/findings\S+)'`)
)

// demoOnce runs the program until it is ready, asks what it says to ask, interrupts
// it, and gives what it said.
func demoOnce(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Cmd{Path: os.Args[0], Args: append([]string{"plumbline"}, args...), Env: append(os.Environ(), "LC_ALL=C"), Stderr: os.Stderr}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended where all went well
	var said strings.Builder
	asked := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		token, ask := demoToken.FindStringSubmatch(said.String()), demoAsk.FindStringSubmatch(said.String())
		if token == nil || ask == nil || asked {
			continue
		}
		asked = true
		req, err := http.NewRequest(http.MethodGet, ask[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token[1])
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", ask[1], answer.Status)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil || !asked {
		t.Errorf("it ended with %v, asked %v:\n%s", err, asked, said.String())
	}
	return said.String()
}
