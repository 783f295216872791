package store

import (
	"context"
	"database/sql"
)

// What tests of the package from outside need to see of its inside.

// Successor is what prefix searches end before.
var Successor = successor

// Deafen takes the notifications away, so that Follow has its polls alone.
func (db *DB) Deafen() { db.listen = nil }

// Listen runs what wakes Follow early.
func (db *DB) Listen(ctx context.Context, wake chan<- struct{}) { db.listenForever(ctx, wake) }

// WritePool is the pool of the one writer.
func (db *DB) WritePool() *sql.DB { return db.write }

// ReadPool is the readers' pool.
func (db *DB) ReadPool() *sql.DB { return db.read }
