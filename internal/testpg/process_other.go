//go:build unix && !linux

package testpg

import "syscall"

// attributes sets the account. Without Linux there is no signal at the death of
// the parent: a cluster whose test was killed stays.
func attributes(credential *syscall.Credential, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential}
}

// children is empty: the processes of a killed postmaster notice and end themselves.
func children(int) []int { return nil }

func running(pid int) bool { return syscall.Kill(pid, 0) == nil }
