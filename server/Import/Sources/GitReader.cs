using Monorepo.Core;
using Monorepo.Native.Git2;

namespace Monorepo.Import.Sources;

/// <summary>Reads and checks objects on one thread. Readers of one source may be used side by side; each is disposed before the source.</summary>
internal sealed class GitReader(OdbReader reader) : IDisposable
{
    private readonly ObjectHasher _hasher = new();

    /// <summary>Reads an object and proves by its id that the bytes are right.</summary>
    /// <returns>Its body, valid until the next read.</returns>
    /// <exception cref="ImportException">It is missing, damaged, or of another kind.</exception>
    public ReadOnlySpan<byte> Read(ObjectId id, ObjectKind kind)
    {
        OdbObjectKind found;
        ReadOnlySpan<byte> body;
        try
        {
            if (!reader.TryRead(id.AsSpan(), out found, out body))
                throw new ImportException(ImportFailure.ObjectMissing, $"The {kind.ToName()} {id} is missing from the source.");
        }
        catch (Git2Exception e)
        {
            throw GitSource.Damaged(id, e.Message, e);
        }

        if ((ObjectKind)found != kind)
            throw GitSource.Damaged(id, $"it is a {found.ToString().ToLowerInvariant()} where a {kind.ToName()} belongs");
        _hasher.Start(kind, body.Length);
        _hasher.Append(body);
        return _hasher.Finish() == id ? body : throw GitSource.Damaged(id, "its bytes hash to another id");
    }

    public byte[] ReadBody(ObjectId id, ObjectKind kind) => Read(id, kind).ToArray();

    /// <exception cref="ImportException">It is missing, damaged or malformed.</exception>
    public Commit ReadCommit(ObjectId id)
    {
        try
        {
            return Commit.Parse(ReadBody(id, ObjectKind.Commit));
        }
        catch (MalformedObjectException e)
        {
            throw GitSource.Damaged(id, e.Message, e);
        }
    }

    /// <exception cref="ImportException">It is missing, damaged or malformed.</exception>
    public Tag ReadTag(ObjectId id)
    {
        try
        {
            return Tag.Parse(ReadBody(id, ObjectKind.Tag));
        }
        catch (MalformedObjectException e)
        {
            throw GitSource.Damaged(id, e.Message, e);
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        _hasher.Dispose();
    }
}
