package main

import (
	"context"
	"reflect"
	"unsafe"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/daemon"
)

// The function is not exported; empty.s lets it be declared without a body.
//
//go:linkname syncDaemonSet k8s.io/kubernetes/pkg/controller/daemon.(*DaemonSetsController).syncDaemonSet
func syncDaemonSet(dsc *daemon.DaemonSetsController, ctx context.Context, key string) error

// forget drops what the controller expects to see of its own writes.
func forget(dsc *daemon.DaemonSetsController, key string) {
	field := reflect.ValueOf(dsc).Elem().FieldByName("expectations")
	expectations := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(controller.ControllerExpectationsInterface)
	expectations.DeleteExpectations(klog.Background(), key)
}
