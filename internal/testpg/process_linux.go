package testpg

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// attributes sets the account and the signal at the death of the parent. The
// standard library sets them in that order; changing the account afterwards
// would clear the signal.
func attributes(credential *syscall.Credential, atDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Pdeathsig: atDeath}
}

// children are the direct children of a process that was sent SIGSTOP; those of
// a postmaster have none.
func children(pid int) []int {
	for state(pid) != 'T' {
		if !running(pid) {
			return nil // it has ended, and so have they
		}
		time.Sleep(time.Millisecond)
	}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var pids []int
	for field := range strings.FieldsSeq(string(content)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}

// running reports whether the process exists and is not a zombie.
func running(pid int) bool {
	s := state(pid)
	return s != 0 && s != 'Z' && s != 'X'
}

// state is the letter of the process's state in proc(5); 0 if there is no such
// process.
func state(pid int) byte {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// It follows the command, which stands in parentheses and may hold any byte.
	end := bytes.LastIndexByte(content, ')')
	if end < 0 || end+2 >= len(content) {
		return 0
	}
	return content[end+2]
}
