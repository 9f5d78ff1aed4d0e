using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>Owns a <c>ucp_context_h</c>.</summary>
internal sealed class UcpContextHandle : SafeHandle
{
    internal UcpContextHandle(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.ucp_cleanup(handle);
        return true;
    }
}

/// <summary>Owns a <c>ucp_worker_h</c> and keeps its context alive.</summary>
internal sealed class UcpWorkerHandle : SafeHandle
{
    private readonly UcpContextHandle _context;

    internal UcpWorkerHandle(nint worker, UcpContextHandle context)
        : base(0, ownsHandle: true)
    {
        bool added = false;
        context.DangerousAddRef(ref added);
        _context = context;
        SetHandle(worker);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.ucp_worker_destroy(handle);
        _context.DangerousRelease();
        return true;
    }
}

/// <summary>Owns a <c>ucp_listener_h</c> and keeps its worker alive.</summary>
internal sealed class UcpListenerHandle : SafeHandle
{
    private readonly UcpWorkerHandle _worker;

    internal UcpListenerHandle(nint listener, UcpWorkerHandle worker)
        : base(0, ownsHandle: true)
    {
        bool added = false;
        worker.DangerousAddRef(ref added);
        _worker = worker;
        SetHandle(listener);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.ucp_listener_destroy(handle);
        _worker.DangerousRelease();
        return true;
    }
}
