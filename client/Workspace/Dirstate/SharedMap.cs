using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Dirstate;

/// <summary>A mapped base that several states of a dirstate read: unmapped when the last lets go. Made with one holder. Thread-safe.</summary>
internal sealed class SharedMap(MappedFile map)
{
    private int _holders = 1;

    public ReadOnlyMemory<byte> Memory => map.Memory;

    public void Retain() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ((IDisposable)map).Dispose();
        }
    }
}
