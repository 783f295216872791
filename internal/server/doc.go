// Package server puts the parts together: configuration, the one mux, the
// listeners, what surrounds every request, and the work in the background.
package server
