package integration_test

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// proxy stands between processes and Postgres, and is the network's faults. What
// it holds back reaches the other end when it heals, as with packets that are sent
// again.
type proxy struct {
	listener net.Listener
	links    sync.WaitGroup

	mu     sync.Mutex
	target string // host:port of the server
	open   map[net.Conn]struct{}
	healed chan struct{} // closed while traffic flows
	closed bool

	tap func(*proxy) tap // called for each connection; nil for none
}

// tap sees what one connection's client and server send, before it is sent on. It
// may partition, and it ends the connection by returning false.
type tap struct{ asked, answered func(chunk []byte) bool }

// untapped lets everything pass.
func untapped([]byte) bool { return true }

// startProxy returns a proxy in front of the server of a connection string. taps
// may be nil.
func startProxy(t *testing.T, server string, taps func(*proxy) tap) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	flowing := make(chan struct{})
	close(flowing)
	p := &proxy{
		listener: listener,
		open:     make(map[net.Conn]struct{}),
		healed:   flowing,
		tap:      taps,
	}
	p.leadTo(t, server)
	p.links.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// leadTo makes new connections go to another server.
func (p *proxy) leadTo(t *testing.T, server string) {
	t.Helper()
	config, err := pgx.ParseConfig(server)
	require.NoError(t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// url is a connection string through the proxy.
func (p *proxy) url(t *testing.T, server string) string {
	t.Helper()
	parsed, err := url.Parse(server)
	require.NoError(t, err)
	parsed.Host = p.listener.Addr().String()
	query := parsed.Query()
	query.Del("host")
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// partition holds back everything, in both directions, without a word.
func (p *proxy) partition() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.healed:
		p.healed = make(chan struct{})
	default:
	}
}

// heal lets the traffic flow, what was held back first.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.healed:
	default:
		close(p.healed)
	}
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
}

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.heal()
	p.cut()
	p.links.Wait()
}

// flow waits until traffic flows.
func (p *proxy) flow() {
	p.mu.Lock()
	healed := p.healed
	p.mu.Unlock()
	<-healed
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.links.Go(func() { p.link(client) })
	}
}

// link is one connection, until either end closes it.
func (p *proxy) link(client net.Conn) {
	defer p.forget(client)
	if !p.remember(client) {
		return
	}
	p.flow()

	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	defer p.forget(server)
	if !p.remember(server) {
		return
	}

	tap := tap{untapped, untapped}
	if p.tap != nil {
		tap = p.tap(p)
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { p.pump(server, client, tap.asked) })
	pumps.Go(func() { p.pump(client, server, tap.answered) })
	pumps.Wait()
}

func (p *proxy) remember(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = struct{}{}
	return !p.closed
}

func (p *proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// pump sends on what arrives. At the end of either connection both end.
func (p *proxy) pump(to, from net.Conn, pass func([]byte) bool) {
	defer to.Close()   //nolint:errcheck // its other pump may have closed it
	defer from.Close() //nolint:errcheck // same
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !pass(buffer[:n]) {
				return
			}
			p.flow()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			// The end of a connection is traffic too.
			p.flow()
			return
		}
	}
}
