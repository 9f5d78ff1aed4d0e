using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Local;

/// <summary>
/// New commits with their objects and the refs that name them, on their way into a <see cref="LocalStore"/>. Objects go to the disk as they
/// are added; nothing counts before <see cref="Promise"/>. Disposing without it forgets them. One at a time; not thread-safe.
/// </summary>
public sealed class LocalBatch : IDisposable
{
    private readonly LocalStore _store;
    private readonly LocalContents _before;
    private readonly FileDescriptor _data;
    private readonly ArrayBufferWriter<byte> _records = new();
    private readonly Dictionary<ObjectId, LocalPlace> _added = [];
    private long _dataBytes;
    private bool _isWritten;

    internal LocalBatch(LocalStore store, LocalContents before, ulong generation, FileDescriptor data)
    {
        _store = store;
        Generation = generation;
        _before = before;
        _data = data;
        _dataBytes = before.DataBytes;
    }

    internal ulong Generation { get; }

    internal ReadOnlySpan<byte> Records => _records.WrittenSpan;

    /// <summary>
    /// Adds an object; a commit after its parents and after all that it needs and the server may not have, even what another local commit
    /// brought: each is pushed by itself.
    /// </summary>
    /// <returns>The object's id.</returns>
    public ObjectId Add(ObjectKind kind, ReadOnlySpan<byte> body)
    {
        ObjectId id = ObjectHasher.Hash(kind, body);
        if (_added.ContainsKey(id))
        {
            return id;
        }

        if (!_before.Places.TryGetValue(id, out LocalPlace place))
        {
            byte[] envelope = ObjectEnvelope.Seal(kind, body);
            PosixFile.WriteAt(_data, envelope, _dataBytes);
            place = new LocalPlace(kind, _dataBytes, envelope.Length);
            _dataBytes += envelope.Length;
            _isWritten = true;
        }

        _added.Add(id, place);
        LocalJournal.WriteObject(_records, id, place);
        return id;
    }

    /// <summary>Lets a ref name an object; null: lets it name nothing local.</summary>
    public void SetRef(RefName name, ObjectId? target) => LocalJournal.WriteRef(_records, name, target);

    /// <summary>Makes all of it count, durably.</summary>
    public void Promise()
    {
        if (_isWritten)
        {
            PosixFile.Sync(_data);
        }

        _store.Append(this);
    }

    public void Dispose() => _data.Dispose();
}
