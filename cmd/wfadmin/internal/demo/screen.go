package demo

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// screen is where the demo tells what happens: on a terminal with a progress bar
// below, elsewhere in plain lines.
type screen struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	bar      *progressbar.ProgressBar // nil when nothing is in progress
	told     int                      // the last tenth that a plain line told
}

func newScreen(out io.Writer) *screen {
	file, ok := out.(*os.File)
	return &screen{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// say prints a line.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
	}
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
	if s.bar != nil {
		_ = s.bar.RenderBlank()
	}
}

// progress shows how much is done. The bar goes when everything is.
func (s *screen) progress(what string, done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.terminal {
		s.progressLine(what, done, total)
		return
	}
	if s.bar == nil {
		s.bar = s.newBar(what, total)
	}
	_ = s.bar.Set(done)
	if done == total {
		s.bar = nil
	}
}

func (s *screen) progressLine(what string, done, total int) {
	tenth := done * 10 / total
	if tenth <= s.told {
		return
	}
	s.told = tenth
	_, _ = fmt.Fprintf(s.out, "  %s %d of %d\n", what, done, total)
}

// progressEnd takes away a bar that is not full.
func (s *screen) progressEnd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
		s.bar = nil
	}
}

func (s *screen) newBar(what string, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(s.out),
		progressbar.OptionSetDescription("  "+what),
		progressbar.OptionSetWidth(40),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish(),
	)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
