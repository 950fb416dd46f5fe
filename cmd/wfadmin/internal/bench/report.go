package bench

import (
	"context"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
)

// Report is what a run found.
type Report struct {
	Setting Setting   `json:"setting"`
	Figures []*Figure `json:"figures"`
	Costs   []Cost    `json:"costs,omitempty"`
}

// Met reports whether every budget that could be judged was met.
func (r *Report) Met() bool {
	for _, f := range r.Figures {
		if f.Met != nil && !*f.Met {
			return false
		}
	}
	return true
}

// Setting is what the figures depend on.
type Setting struct {
	Date              time.Time `json:"date"`
	Platform          string    `json:"platform"`
	Go                string    `json:"go"`
	Cores             int       `json:"cores"`
	Server            string    `json:"server"`
	Fsync             string    `json:"fsync"`
	SynchronousCommit string    `json:"synchronous_commit"`
	FullPageWrites    string    `json:"full_page_writes"`
	SharedBuffers     string    `json:"shared_buffers"`
	Connections       int       `json:"connections"`
	Workers           int       `json:"workers"`
	Rounds            int       `json:"rounds"`
	Sizes             Sizes     `json:"sizes"`
}

const settingSQL = `
select
  current_setting('server_version'),
  current_setting('fsync'),
  current_setting('synchronous_commit'),
  current_setting('full_page_writes'),
  current_setting('shared_buffers')`

func (b *bench) setting(ctx context.Context) (Setting, error) {
	s := Setting{
		Date:        time.Now().UTC().Truncate(time.Second),
		Platform:    runtime.GOOS + "/" + runtime.GOARCH,
		Go:          runtime.Version(),
		Cores:       runtime.NumCPU(),
		Connections: b.config.Connections,
		Workers:     b.config.Workers,
		Rounds:      b.config.Rounds,
		Sizes:       b.config.Sizes,
	}
	err := b.database.with(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, settingSQL).Scan(&s.Server, &s.Fsync, &s.SynchronousCommit, &s.FullPageWrites, &s.SharedBuffers)
	})
	return s, err
}
