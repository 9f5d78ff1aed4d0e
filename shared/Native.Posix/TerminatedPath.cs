namespace Monorepo.Native.Posix;

/// <summary>
/// A path copied behind a NUL for the kernel. Short paths live in the caller's stack buffer.
/// A path with a NUL inside can't be expressed and is refused here, because the kernel would silently see a shorter one.
/// </summary>
internal readonly ref struct TerminatedPath
{
    /// <summary>Stack bytes a caller reserves; longer paths go to the heap.</summary>
    internal const int StackBytes = 320;

    private readonly ReadOnlySpan<byte> _bytes;

    internal TerminatedPath(ReadOnlySpan<byte> path, Span<byte> stack)
    {
        if (path.Contains((byte)0))
            throw new ArgumentException("A path can't contain a NUL byte.", nameof(path));
        Span<byte> target = path.Length < stack.Length ? stack[..(path.Length + 1)] : new byte[path.Length + 1];
        path.CopyTo(target);
        target[path.Length] = 0;
        _bytes = target;
    }

    public ref readonly byte GetPinnableReference() => ref _bytes[0];
}
