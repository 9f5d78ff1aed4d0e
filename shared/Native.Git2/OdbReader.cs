namespace Monorepo.Native.Git2;

/// <summary>
/// Reads many objects on one thread, two to three times as fast as <see cref="Odb.Read"/>: from packs without a lock, a cache or a hash, so
/// <b>whoever reads checks the id</b>. What is not in a pack, or damaged there, is read as by <see cref="Odb.Read"/>. Not thread-safe, but readers of
/// one database are independent of each other.
/// </summary>
public sealed unsafe class OdbReader : IDisposable
{
    private readonly Odb _odb;
    private readonly OdbHandle _packs;
    private nint _owner;
    private void* _data;
    private OdbObject? _loose;

    internal OdbReader(Odb odb, OdbHandle packs)
    {
        _odb = odb;
        _packs = packs;
    }

    /// <summary>Reads one object whole.</summary>
    /// <param name="id">20 bytes.</param>
    /// <param name="kind">What the object is; not checked to be one of the four.</param>
    /// <param name="content">Its bytes, not checked. Valid until the next read.</param>
    /// <returns>False when it is not there.</returns>
    /// <exception cref="Git2Exception">It is there but can't be decoded.</exception>
    public bool TryRead(scoped ReadOnlySpan<byte> id, out OdbObjectKind kind, out ReadOnlySpan<byte> content)
    {
        ObjectDisposedException.ThrowIf(_packs.IsClosed, this);
        if (id.Length != Odb.IdBytes)
            throw new ArgumentException($"An object id has {Odb.IdBytes} bytes, not {id.Length}.", nameof(id));
        Release();
        foreach (nint backend in _packs.Backends)
        {
            void* data;
            nuint length;
            int type, result;
            fixed (byte* idBytes = id)
                result = ((NativeOdbBackend*)backend)->Read(&data, &length, &type, backend, idBytes);
            if (result < 0)
                continue;
            _owner = backend;
            _data = data;
            if (length > int.MaxValue)
                throw new NotSupportedException($"An object of {length} bytes is larger than the limit of {int.MaxValue} bytes.");
            kind = (OdbObjectKind)type;
            content = new ReadOnlySpan<byte>(data, (int)length);
            return true;
        }

        _loose = _odb.Read(id);
        kind = _loose?.Kind ?? default;
        content = _loose is null ? default : _loose.Content;
        return _loose is not null;
    }

    /// <summary>Closes the reader's packs and frees the last content.</summary>
    public void Dispose()
    {
        if (!_packs.IsClosed)
            Release();
        _packs.Dispose();
    }

    private void Release()
    {
        if (_data is not null)
            NativeMethods.git_odb_backend_data_free(_owner, _data);
        _data = null;
        _loose?.Dispose();
        _loose = null;
    }
}
