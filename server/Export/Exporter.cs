using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.Export;

/// <summary>
/// Copies a repository into a bare git repository: every commit of the log with all it needs, the refs, and what they name. Run again it takes what is new.
/// Commits go in the log's order and a pack ends between two commits, so that whatever is there is there with all it names. Takes about 50 bytes of
/// memory an object.
/// </summary>
/// <param name="repository">Stays the caller's.</param>
public sealed class Exporter(IRepository repository)
{
    private const int CommitsPerRead = 256;
    private const int CommitBytesPerRead = 16 << 20;
    private const int ObjectsPerRead = 512;
    private const int BytesPerRead = 32 << 20;
    private const int ObjectsPerPack = 250_000;

    private readonly List<ObjectId> _pending = [];
    private HashSet<ObjectId> _known = [];
    private long _commits;
    private long _objects;
    private long _bytes;
    private long _length;

    /// <param name="directory">Where the git repository is, or is to be made.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops; what git has taken stays.</param>
    /// <exception cref="ExportException">See its failures.</exception>
    public async Task<ExportResult> RunAsync(string directory, IProgress<ExportProgress>? progress, CancellationToken cancellationToken)
    {
        GitTarget target = await GitTarget.OpenAsync(directory, cancellationToken);
        _known = await target.ListObjectsAsync(cancellationToken);

        // The refs first: all that they name is in the log by then.
        RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
        _length = await repository.History.GetLengthAsync(cancellationToken);
        while (_commits < _length)
        {
            IReadOnlyList<LogEntry> entries = await repository.History.ReadAsync(_commits, CommitsPerRead, CommitBytesPerRead, cancellationToken);
            await AddAsync([.. entries.Select(static e => e.Id)], cancellationToken);
            _commits += entries.Count;
            if (_pending.Count >= ObjectsPerPack)
                await WriteAsync(target, progress, cancellationToken);
            progress?.Report(new ExportProgress(_commits, _length, _objects, _bytes));
        }

        // Annotated tags, and refs that name trees and contents.
        await AddAsync([.. refs.Refs.Select(static r => r.Target)], cancellationToken);
        await WriteAsync(target, progress, cancellationToken);
        await target.SetRefsAsync([.. refs.Refs.Select(static r => (r.Name, r.Target))], refs.DefaultBranch, cancellationToken);
        return new ExportResult(_commits, _objects, _bytes, refs.Refs.Count);
    }

    // Puts objects in line, with all they name that is not in line yet; a commit's parents are.
    private async Task AddAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken)
    {
        List<ObjectId> level = [.. ids.Where(_known.Add)];
        _pending.AddRange(level);
        while (level.Count > 0)
        {
            List<ObjectId> next = [];
            foreach (ObjectId[] slice in level.Chunk(ObjectsPerRead))
            {
                await foreach ((ObjectKind kind, byte[] body) in ReadAsync(slice, cancellationToken))
                    AddNamed(kind, body, next);
            }

            level = next;
        }
    }

    private void AddNamed(ObjectKind kind, byte[] body, List<ObjectId> next)
    {
        switch (kind)
        {
            case ObjectKind.Commit:
                Add(Commit.Parse(body).Tree, next);
                break;
            case ObjectKind.Tag:
                Add(Tag.Parse(body).Target, next);
                break;
            case ObjectKind.Tree:
                foreach (TreeEntry entry in new TreeReader(body))
                {
                    if (entry.Mode.IsDirectory())
                        Add(entry.Id, next);
                    else if (entry.Mode.Kind() != EntryKind.Submodule && _known.Add(entry.Id))
                        _pending.Add(entry.Id);
                }

                break;
            default:
                break;
        }
    }

    private void Add(ObjectId id, List<ObjectId> next)
    {
        if (_known.Add(id))
        {
            _pending.Add(id);
            next.Add(id);
        }
    }

    private async Task WriteAsync(GitTarget target, IProgress<ExportProgress>? progress, CancellationToken cancellationToken)
    {
        if (_pending.Count == 0)
            return;
        await target.AddPackAsync(
            async stream =>
            {
                using PackWriter pack = new(stream);
                await pack.BeginAsync(_pending.Count, cancellationToken);
                foreach (ObjectId[] ids in _pending.Chunk(ObjectsPerRead))
                {
                    foreach (ObjectId[] slice in await SliceAsync(ids, cancellationToken))
                    {
                        await foreach ((ObjectKind kind, byte[] body) in ReadAsync(slice, cancellationToken))
                        {
                            await pack.AddAsync(kind, body, cancellationToken);
                            _objects++;
                            _bytes += body.Length;
                        }

                        progress?.Report(new ExportProgress(_commits, _length, _objects, _bytes));
                    }
                }

                await pack.EndAsync(cancellationToken);
            },
            cancellationToken);
        _pending.Clear();
    }

    // Contents may be large: no more is read at once than fits in the memory meant for it, but one object always is.
    private async ValueTask<List<ObjectId[]>> SliceAsync(ObjectId[] ids, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, cancellationToken);
        List<ObjectId[]> slices = [];
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            long sizeBytes = headers[i]?.SizeBytes ?? 0;
            if (i > from && bytes + sizeBytes > BytesPerRead)
            {
                slices.Add(ids[from..i]);
                (from, bytes) = (i, 0);
            }

            bytes += sizeBytes;
        }

        slices.Add(ids[from..]);
        return slices;
    }

    private async IAsyncEnumerable<(ObjectKind Kind, byte[] Body)> ReadAsync(ObjectId[] ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using ObjectBatch batch = await repository.Objects.GetAsync(ids, cancellationToken);
        for (int i = 0; i < ids.Length; i++)
        {
            (ObjectKind, byte[]) opened = Open(batch, i, ids[i]);
            yield return opened;
        }
    }

    private static (ObjectKind Kind, byte[] Body) Open(ObjectBatch batch, int index, ObjectId id)
    {
        if (!batch.IsPresent(index))
            throw new ExportException(ExportFailure.Damaged, $"the object {id} is not in the store");
        try
        {
            byte[] body = ObjectEnvelope.Open(batch[index], id, out ObjectKind kind);
            return (kind, body);
        }
        catch (CorruptObjectException e)
        {
            throw new ExportException(ExportFailure.Damaged, $"the object {id} is damaged in the store: {e.Message}", e);
        }
    }
}
