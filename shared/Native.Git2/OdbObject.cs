namespace Monorepo.Native.Git2;

/// <summary>
/// One object's contents, in libgit2's memory where they came from a pack. Owned by whoever read it: dispose it to free the memory, and use no span of it afterwards.
/// Safe to read from several threads, as long as none disposes it meanwhile.
/// </summary>
public sealed class OdbObject : IDisposable
{
    private readonly OdbObjectHandle? _handle;
    private readonly unsafe byte* _data;
    private readonly int _contentBytes;
    private byte[]? _managed;

    internal unsafe OdbObject(OdbObjectHandle handle)
    {
        _handle = handle;
        nint native = handle.DangerousGetHandle();
        Kind = (OdbObjectKind)NativeMethods.git_odb_object_type(native);
        nuint size = NativeMethods.git_odb_object_size(native);
        if (size > int.MaxValue)
        {
            handle.Dispose();
            throw new NotSupportedException($"An object of {size} bytes is larger than the limit of {int.MaxValue} bytes.");
        }

        _contentBytes = (int)size;
        _data = NativeMethods.git_odb_object_data(native);
    }

    internal OdbObject(OdbObjectKind kind, byte[] content)
    {
        Kind = kind;
        _managed = content;
    }

    /// <summary>What the object is.</summary>
    public OdbObjectKind Kind { get; }

    /// <summary>The raw contents, without git's header. Valid until <see cref="Dispose"/>.</summary>
    public unsafe ReadOnlySpan<byte> Content
    {
        get
        {
            if (_managed is { } managed)
                return managed;
            ObjectDisposedException.ThrowIf(_handle is null || _handle.IsClosed, this);
            return new ReadOnlySpan<byte>(_data, _contentBytes);
        }
    }

    /// <summary>Frees the contents.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _managed = null;
    }
}
