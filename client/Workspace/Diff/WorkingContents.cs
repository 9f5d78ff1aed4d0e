using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Diff;

/// <summary>
/// Contents of changed files of the working copy, under the ids they would have, and all other objects from another source. Contents are not held: they are read
/// again where they are asked for. Owns the open files only. Thread-safe once all files were added.
/// </summary>
/// <param name="files">The working copy's.</param>
/// <param name="inner">The repository's objects; stays the caller's.</param>
public sealed class WorkingContents(IWorkingFiles files, IObjectSource inner) : IObjectSource, IDisposable
{
    private readonly Dictionary<ObjectId, byte[]> _paths = [];

    /// <summary>What a file or link is now; absent where there is none.</summary>
    public TreeSide Add(byte[] path)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        TreeSide side = directory?.GetStatus(name) is { } status ? FileHasher.Identify(directory, name, status) : default;
        if (!side.IsAbsent)
        {
            _paths[side.Id] = path;
        }

        return side;
    }

    public async IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (ObjectId id in ids.Where(_paths.ContainsKey).Distinct())
        {
            yield return Read(id);
        }

        if (Others(ids) is { Count: > 0 } others)
        {
            await foreach (GitObject item in inner.ReadManyAsync(others, cancellationToken))
            {
                yield return item;
            }
        }
    }

    public async Task ReceiveManyAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        foreach (ObjectId id in ids.Where(_paths.ContainsKey).Distinct())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await receive(Read(id));
        }

        if (Others(ids) is { Count: > 0 } others)
        {
            await inner.ReceiveManyAsync(others, receive, cancellationToken);
        }
    }

    public ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken) =>
        _paths.ContainsKey(id) ? ValueTask.FromResult(Read(id)) : inner.ReadAsync(id, cancellationToken);

    public ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken) =>
        inner.EnsureTreesAsync(roots, haves, cancellationToken);

    public ValueTask EnsureDifferencesAsync(IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) =>
        inner.EnsureDifferencesAsync(pairs, paths, cancellationToken);

    public ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken) =>
        Others(ids) is { Count: > 0 } others ? inner.EnsureAsync(others, cancellationToken) : ValueTask.CompletedTask;

    public void Dispose() => files.Dispose();

    private List<ObjectId> Others(IReadOnlyCollection<ObjectId> ids) => [.. ids.Where(id => !_paths.ContainsKey(id))];

    private GitObject Read(ObjectId id)
    {
        byte[] path = _paths[id];
        ChangedFile file = ChangedFile.Read(files, path);
        return file.Mode != FileMode.None && ObjectHasher.Hash(ObjectKind.Blob, file.Content.Span) == id
            ? new GitObject(id, ObjectKind.Blob, file.Content)
            : throw new IOException($"'{System.Text.Encoding.UTF8.GetString(path)}' was changed while it was compared; run the command again.");
    }
}
