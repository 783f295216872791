package testpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// owner is the account that the server runs as: oneself, or the user postgres
// where the caller is root, as whom PostgreSQL refuses to run.
type owner struct {
	credential *syscall.Credential // nil for oneself
}

func findOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	account, err := user.Lookup(superuser)
	if err != nil {
		return owner{}, fmt.Errorf("postgres does not run as root and needs the user %q: run apt-get install postgresql: %w", superuser, err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return owner{}, fmt.Errorf("user %q has the uid %q: %w", superuser, account.Uid, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return owner{}, fmt.Errorf("user %q has the gid %q: %w", superuser, account.Gid, err)
	}
	return owner{credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// take makes the directory the owner's.
func (o owner) take(dir string) error {
	if o.credential == nil {
		return nil
	}
	if err := os.Chown(dir, int(o.credential.Uid), int(o.credential.Gid)); err != nil {
		return fmt.Errorf("hand the directory to the user %q: %w", superuser, err)
	}
	return nil
}

// process is a started program.
type process struct {
	process *os.Process
	done    chan struct{}    // closed when the process was reaped
	state   *os.ProcessState // how it ended; set before done is closed
}

// start runs a program as the owner, its output appended to the log file. When
// the calling process dies, the kernel sends the program atDeath.
func (o owner) start(program string, arguments []string, dir, log string, atDeath syscall.Signal) (*process, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", program, err)
	}
	defer output.Close() // the program has its own copy
	cmd := exec.Command(program, arguments...)
	cmd.Dir = dir
	// Nothing of the caller's PGHOST, PGOPTIONS or language counts.
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = attributes(o.credential, atDeath)

	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel's parent-death signal follows the thread that forked, not the
		// process. This goroutine keeps that thread for itself until the program has
		// ended, so the thread cannot end first while this process lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.process = cmd.Process
		started <- nil
		_ = cmd.Wait() // how it ended stands in the state
		p.state = cmd.ProcessState
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return p, nil
}

// end asks the process to end, and kills it if it has not in 30 s.
func (p *process) end(signal syscall.Signal) error {
	if err := p.send(signal); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("postgres did not end on %v", signal), p.killTree())
	}
}

// killTree kills the process and its children. The process is halted first, so
// that it neither makes another child nor frees the number of an ended one
// between the look and the kill.
func (p *process) killTree() error {
	if err := p.send(syscall.SIGSTOP); err != nil {
		return err
	}
	var failed error
	orphans := children(p.process.Pid)
	for _, pid := range orphans {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			failed = errors.Join(failed, fmt.Errorf("kill process %d: %w", pid, err))
		}
	}
	if err := errors.Join(failed, p.send(syscall.SIGKILL)); err != nil {
		return err
	}
	<-p.done
	// Until the orphans are gone they hold the shared memory that a new server
	// would find in use.
	deadline := time.Now().Add(30 * time.Second)
	for slices.ContainsFunc(orphans, running) {
		if time.Now().After(deadline) {
			return errors.New("the killed postgres processes did not end")
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// send signals the process; one that has ended needs no signal.
func (p *process) send(signal syscall.Signal) error {
	if err := p.process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %v to process %d: %w", signal, p.process.Pid, err)
	}
	return nil
}

// tail is the end of a log, for an error message.
func tail(log string) string {
	content, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}
