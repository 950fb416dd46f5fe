package demo

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgweir/weir/cmd/wfadmin/internal/jobs"
	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

const (
	// packagesMin is what keeps all workers busy for a while.
	packagesMin = 2 * workers * slots

	// A scan is stretched to about scanTime, so that there is something to kill.
	// A step takes between paceMin and paceMax: a taken over step has to wait for a
	// worker that is free.
	scanTime = 6 * time.Second
	paceMin  = 20 * time.Millisecond
	paceMax  = 200 * time.Millisecond

	watchInterval = 50 * time.Millisecond
)

// TreeError says that a folder can't be scanned.
type TreeError struct {
	Dir   string
	Cause error
}

func (e *TreeError) Error() string { return fmt.Sprintf("folder %q: %s", e.Dir, e.Cause) }

// Unwrap returns the cause.
func (e *TreeError) Unwrap() error { return e.Cause }

// findTree makes Dir absolute, and refuses one on which there is nothing to see.
func (d *demo) findTree(ctx context.Context) error {
	dir := d.config.Dir
	if dir == "" {
		root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return &TreeError{Dir: dir, Cause: fmt.Errorf("asking go for its source tree: %w; name a folder", err)}
		}
		dir = filepath.Join(strings.TrimSpace(string(root)), "src")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	paths, err := jobs.Packages(dir)
	if err == nil && len(paths) < packagesMin {
		err = fmt.Errorf("holds %d folders with files, and the demo needs %d for a worker to be killed among", len(paths), packagesMin)
	}
	if err != nil {
		return &TreeError{Dir: dir, Cause: err}
	}
	d.config.Dir, d.packages = dir, len(paths)
	return nil
}

// pace is how long a step has to take for the scan to take scanTime.
func (d *demo) pace() time.Duration {
	pace := scanTime * workers * slots / time.Duration(d.packages)
	return min(max(pace, paceMin), paceMax).Truncate(time.Millisecond)
}

func (d *demo) tree(ctx context.Context) error {
	d.screen.say("\n2. A scan of %s: a step for each of its %d packages.", show.Escape(d.config.Dir), d.packages)
	began := time.Now()
	direct, err := jobs.Scan(ctx, d.config.Dir)
	if err != nil {
		return err
	}
	d.screen.say("   Directly, in this process, it takes %s. A step takes at least %s, so that there is something to kill.",
		seconds(time.Since(began)), d.pace())
	if err := d.awaitServerAge(ctx); err != nil {
		return err
	}
	report, err := d.scan(ctx)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	d.verdict(report == direct, "The joined totals and hashes equal those counted directly.")
	return nil
}

// scan runs the workflow and prints its report.
func (d *demo) scan(ctx context.Context) (jobs.Report, error) {
	began := time.Now()
	handle, err := sdk.Start(ctx, d.client, jobs.ScanTree(jobs.Tree{Dir: d.config.Dir, Pace: d.pace()}),
		sdk.StartOpts{ID: "scan-" + d.id})
	if err != nil {
		return jobs.Report{}, err
	}
	report, err := d.await(ctx, handle)
	if err != nil {
		return jobs.Report{}, err
	}
	d.screen.say("   %d packages, %d files, %d lines, %d bytes in %s\n   SHA-256 %s",
		report.Packages, report.Files, report.Lines, report.Bytes, seconds(time.Since(began)), report.SHA256)
	return report, nil
}

// await waits for the report while it shows progress and has a worker killed.
func (d *demo) await(ctx context.Context, handle sdk.Handle[jobs.Report]) (report jobs.Report, err error) {
	group, ctx := errgroup.WithContext(ctx)
	finished := make(chan struct{})
	quarter := make(chan struct{})
	group.Go(func() (err error) {
		defer close(finished)
		report, err = handle.Wait(ctx)
		return err
	})
	group.Go(func() error { return d.watch(ctx, handle.ID(), quarter, finished) })
	group.Go(func() error { return d.takeOver(ctx, handle.ID(), quarter, finished) })
	err = group.Wait()
	return report, err
}

const countedSQL = `
select count(*)
from weir.steps
where workflow_id = $1
  and function = $2
  and state = 'succeeded'`

// watch shows progress until the scan is finished. It closes quarter when a
// quarter of the packages is done.
func (d *demo) watch(ctx context.Context, id string, quarter chan<- struct{}, finished <-chan struct{}) error {
	defer d.screen.progressEnd()
	ticks := time.NewTicker(watchInterval)
	defer ticks.Stop()
	for {
		var done int
		if err := d.pool.QueryRow(ctx, countedSQL, id, jobs.CountPackage.Name).Scan(&done); err != nil {
			return fmt.Errorf("asking for progress: %w", err)
		}
		d.screen.progress("packages", min(done, d.packages), d.packages)
		if quarter != nil && done*4 >= d.packages {
			close(quarter)
			quarter = nil
		}
		select {
		case <-ticks.C:
		case <-finished:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
