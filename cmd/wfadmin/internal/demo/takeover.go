package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// serverAgeMin lets the server be older than a worker's lease by the time that
	// a killed worker is noticed.
	serverAgeMin = 4 * time.Second

	lookInterval = 20 * time.Millisecond
)

var errTooFast = errors.New("the scan was over before a worker could be killed")

// victim is the worker that is killed.
type victim struct {
	worker string
	pid    int
}

const (
	workersSQL = `
select count(*)
from weir.workers
where host = $1
  and pid = any ($2)
  and alive`

	serverAgeSQL = `select extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8`

	victimSQL = `
select w.id, w.pid
from weir.workers as w
join weir.steps as s on s.worker = w.id
where w.host = $1
  and w.pid = any ($2)
  and s.workflow_id = $3
  and s.state = 'running'
group by w.id, w.pid
order by count(*) desc
limit 1`

	heldSQL = `
select name
from weir.steps
where workflow_id = $1
  and worker = $2
  and state = 'running'`

	leftSQL = `
select
  count(*) filter (where s.state <> 'succeeded' and (s.state <> 'running' or s.worker = $3 or s.worker is null)),
  extract(epoch from clock_timestamp() - $4)::float8
from weir.steps as s
where s.workflow_id = $1
  and s.name = any ($2)`
)

// awaitWorkers waits until all processes of the fleet can be given work.
func (d *demo) awaitWorkers(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	for {
		var alive int
		if err := d.pool.QueryRow(ctx, workersSQL, host, d.fleet.pids()).Scan(&alive); err != nil {
			return fmt.Errorf("asking for workers: %w", err)
		}
		if alive == workers {
			d.screen.say("%d worker processes, of %d slots each, run the steps: %v. This one only starts and watches.", workers, slots, d.fleet.pids())
			return nil
		}
		if err := pause(ctx, lookInterval); err != nil {
			return err
		}
	}
}

// awaitServerAge waits out that workers lose their session locks with a server
// that restarts: only leases count while it is younger than a lease.
func (d *demo) awaitServerAge(ctx context.Context) error {
	var age float64
	if err := d.pool.QueryRow(ctx, serverAgeSQL).Scan(&age); err != nil {
		return fmt.Errorf("asking for the server's age: %w", err)
	}
	wait := serverAgeMin - time.Duration(age*float64(time.Second))
	if wait <= 0 {
		return nil
	}
	d.screen.say("   Waiting %s: while a server is younger than a lease, a lost session is no proof of a lost worker.", seconds(wait))
	return pause(ctx, wait)
}

// takeOver kills a worker in the middle of the scan and waits until all of its
// steps are done or run elsewhere.
func (d *demo) takeOver(ctx context.Context, id string, quarter, finished <-chan struct{}) error {
	select {
	case <-quarter:
	case <-finished:
		return errTooFast
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	chosen, err := d.chooseVictim(ctx, id, finished)
	if err != nil {
		return err
	}
	killed, held, err := d.kill(ctx, id, chosen)
	if err != nil {
		return err
	}
	took, err := d.awaitTakeover(ctx, id, chosen, killed, held)
	if err != nil {
		return err
	}
	d.screen.say("   All %d run elsewhere or are done %s after the kill.", len(held), seconds(took))
	d.verdict(took < d.config.Within && len(held) > 0, fmt.Sprintf(
		"The %d steps of the killed worker were taken over in %s (at most %s).", len(held), seconds(took), d.config.Within))
	return nil
}

// chooseVictim returns the worker that runs the most steps, once one runs any.
func (d *demo) chooseVictim(ctx context.Context, id string, finished <-chan struct{}) (victim, error) {
	host, err := os.Hostname()
	if err != nil {
		return victim{}, err
	}
	for {
		var chosen victim
		err := d.pool.QueryRow(ctx, victimSQL, host, d.fleet.pids(), id).Scan(&chosen.worker, &chosen.pid)
		if err == nil {
			return chosen, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return victim{}, fmt.Errorf("choosing a worker: %w", err)
		}
		select {
		case <-finished:
			return victim{}, errTooFast
		case <-time.After(lookInterval):
		}
	}
}

// kill returns the database's time just before the kill, and the steps that the
// database has as running on the worker just after.
func (d *demo) kill(ctx context.Context, id string, chosen victim) (killed time.Time, held []string, err error) {
	process, err := d.fleet.byPID(chosen.pid)
	if err != nil {
		return time.Time{}, nil, err
	}
	if err := d.pool.QueryRow(ctx, "select clock_timestamp()").Scan(&killed); err != nil {
		return time.Time{}, nil, fmt.Errorf("asking for the time: %w", err)
	}
	if err := process.kill(); err != nil {
		return time.Time{}, nil, err
	}
	rows, err := d.pool.Query(ctx, heldSQL, id, chosen.worker)
	if err == nil {
		held, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("asking what the worker was running: %w", err)
	}
	d.screen.say("   Worker %d (process %d) is killed with SIGKILL while it runs %d steps.", process.number, chosen.pid, len(held))
	return killed, held, nil
}

// awaitTakeover returns the time from the kill, on the database's clock.
func (d *demo) awaitTakeover(ctx context.Context, id string, chosen victim, killed time.Time, held []string) (time.Duration, error) {
	for {
		var left int
		var took float64
		if err := d.pool.QueryRow(ctx, leftSQL, id, held, chosen.worker, killed).Scan(&left, &took); err != nil {
			return 0, fmt.Errorf("asking for the worker's steps: %w", err)
		}
		if left == 0 {
			return time.Duration(took * float64(time.Second)), nil
		}
		if err := pause(ctx, lookInterval); err != nil {
			return 0, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
