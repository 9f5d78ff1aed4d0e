using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
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
    private const int BufferBytes = 64 << 10;

    private readonly Dictionary<ObjectId, byte[]> _paths = [];

    /// <summary>What a file or link is now; absent where there is none.</summary>
    public TreeSide Add(byte[] path)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        if (directory?.GetStatus(name) is not { } status || FileHasher.Hash(directory, name, status) is not { } id)
        {
            return default;
        }

        _paths[id] = path;
        return new TreeSide(status.Kind == FileKind.SymbolicLink ? FileMode.SymbolicLink : status.IsOwnerExecutable ? FileMode.Executable : FileMode.Regular, id);
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
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        byte[]? content = directory?.GetStatus(name) is not { } status ? null
            : status.Kind == FileKind.SymbolicLink ? directory.ReadLink(name)
            : ReadFile(directory, name);
        return content is not null && ObjectHasher.Hash(ObjectKind.Blob, content) == id
            ? new GitObject(id, ObjectKind.Blob, content)
            : throw new IOException($"'{System.Text.Encoding.UTF8.GetString(path)}' was changed while it was compared; run the command again.");
    }

    private static byte[]? ReadFile(IWorkingDirectory directory, ReadOnlySpan<byte> name)
    {
        using IWorkingFile? file = directory.OpenRead(name);
        if (file is null)
        {
            return null;
        }

        using MemoryStream content = new();
        byte[] buffer = new byte[BufferBytes];
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }
}
