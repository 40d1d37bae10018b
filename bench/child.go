package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// sample is what one process took.
type sample struct {
	wall, cpu float64 // seconds; cpu is user and system time of all its threads
	mb        float64 // most memory held at once, 10⁶ bytes
}

// String shows a sample in the progress on standard error.
func (s sample) String() string {
	return fmt.Sprintf("%.2f s (cpu %.2f s, %.0f MB)", s.wall, s.cpu, s.mb)
}

// measure runs a program to its end, its output into out (nil: nowhere). The
// memory is that of the process alone (wait4).
func measure(out io.Writer, program string, args ...string) (sample, error) {
	cmd := exec.Command(program, args...)
	var complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &complaint
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began).Seconds()
	if err != nil {
		return sample{}, fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, complaint.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, fmt.Errorf("no resource usage of a process on %s", runtime.GOOS)
	}
	unit := 1024.0
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return sample{wall, cpu.Seconds(), float64(usage.Maxrss) * unit / 1e6}, nil
}

// goTool runs the go command in the module plumbline.
func (b *bench) goTool(args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.repo, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// check is a run of plumbline over a log; it gives the violations by rule. The
// log is judged as of a day on which every limit has passed, as SQL knows no
// limit still running.
func (b *bench) check(rules, log string) func() (sample, map[string]int, error) {
	return func() (sample, map[string]int, error) {
		var out bytes.Buffer
		s, err := measure(&out, b.plumbline, "check", "--rules", rules, "--complete", "--as-of", "2030-01-01T00:00:00Z", "--format", "json", log)
		if err != nil {
			return s, nil, err
		}
		var doc struct {
			Rules []struct {
				ID         string
				Violations int
			}
		}
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			return s, nil, fmt.Errorf("what plumbline printed is not JSON: %w", err)
		}
		counts := map[string]int{}
		for _, r := range doc.Rules {
			counts[r.ID] = r.Violations
		}
		return s, counts, nil
	}
}

// machine says where this runs.
func machine() string {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, l := range strings.Split(string(text), "\n") {
			if name, model, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(model)
				break
			}
		}
	}
	said := fmt.Sprintf("%s/%s, %d cores, %s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpu, runtime.Version())
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(text), " ")
		said += ", load before the run " + load
	}
	return said
}
