using System.Runtime.InteropServices;

namespace Monorepo.Native.RocksDb.Handles;

/// <summary>
/// Owns one native object. A child of a database holds a reference to it, so that closing the database early
/// defers the native close until the last child is gone instead of leaving it with a dangling pointer.
/// </summary>
internal abstract class NativeHandle() : SafeHandle(0, ownsHandle: true)
{
    private SafeHandle? _parent;

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps <paramref name="parent"/> open until this handle is released. To be called once, before the handle is shared.</summary>
    public void KeepAlive(SafeHandle parent)
    {
        bool added = false;
        parent.DangerousAddRef(ref added);
        _parent = parent;
    }

    protected SafeHandle? Parent => _parent;

    protected abstract void Destroy();

    protected sealed override bool ReleaseHandle()
    {
        Destroy();
        _parent?.DangerousRelease();
        return true;
    }
}
