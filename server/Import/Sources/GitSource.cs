using LibGit2Sharp;
using Monorepo.Core;
using Monorepo.Native.Git2;
using Commit = Monorepo.Core.Commit;
using CoreId = Monorepo.Core.ObjectId;
using GitId = LibGit2Sharp.ObjectId;
using Tag = Monorepo.Core.Tag;

namespace Monorepo.Import.Sources;

/// <summary>A ref of the source and the object it names.</summary>
internal readonly record struct SourceRef(RefName Name, CoreId Target);

/// <summary>The source's refs at one moment.</summary>
/// <param name="Refs">Symbolic ones stand with what they name in the end.</param>
/// <param name="Skipped">Names that are no valid ref names.</param>
/// <param name="DefaultBranch">Null where HEAD is detached.</param>
internal sealed record SourceRefs(IReadOnlyList<SourceRef> Refs, IReadOnlyList<string> Skipped, RefName? DefaultBranch);

/// <summary>
/// A git repository opened for reading by one thread; <see cref="CreateReader"/> gives readers to others.
/// </summary>
internal sealed class GitSource : IDisposable
{
    private readonly Repository _repository;
    private readonly Odb _odb;
    private readonly GitReader _reader;

    private GitSource(Repository repository, Odb odb)
    {
        _repository = repository;
        _odb = odb;
        _reader = CreateReader();
    }

    /// <exception cref="ImportException">It is none, or of a kind that can't be imported.</exception>
    public static GitSource Open(string path)
    {
        GitDirectory directory = GitDirectory.Find(path)
            ?? throw new ImportException(ImportFailure.SourceNotFound, $"There is no git repository at '{path}'.");
        string format = directory.ReadObjectFormat();
        if (!format.Equals("sha1", StringComparison.OrdinalIgnoreCase))
            throw new ImportException(ImportFailure.SourceSha256, $"'{path}' names its objects by {format}; only SHA-1 repositories can be imported.");
        if (directory.IsShallow)
            throw new ImportException(ImportFailure.SourceShallow, $"'{path}' is a shallow clone: its oldest commits lack their parents.");

        LibGit2Binding.EnsureRegistered();
        Repository? repository = null;
        try
        {
            repository = new Repository(directory.GitPath);
            return new GitSource(repository, Odb.Open(directory.ObjectsPath));
        }
        catch (Exception e) when (e is LibGit2SharpException or Git2Exception)
        {
            repository?.Dispose();
            throw new ImportException(ImportFailure.SourceNotReadable, $"Can't open '{path}': {e.Message}", e);
        }
    }

    public SourceRefs ReadRefs()
    {
        try
        {
            var refs = new List<SourceRef>();
            var skipped = new List<string>();
            foreach (Reference reference in _repository.Refs)
            {
                if (!RefName.TryParse(reference.CanonicalName, out RefName name) || name.Value.Contains('\uFFFD', StringComparison.Ordinal))
                    skipped.Add(reference.CanonicalName);
                else if (reference.ResolveToDirectReference() is { } direct)
                    refs.Add(new SourceRef(name, new CoreId(new GitId(direct.TargetIdentifier).RawId)));
            }

            RefName? head = _repository.Refs.Head is SymbolicReference symbolic && RefName.TryParse(symbolic.TargetIdentifier, out RefName branch) ? branch : null;
            return new SourceRefs(refs, skipped, head);
        }
        catch (LibGit2SharpException e)
        {
            throw new ImportException(ImportFailure.ObjectDamaged, $"The source's refs can't be read: {e.Message}", e);
        }
    }

    /// <summary>What an object is; null where the source does not have it.</summary>
    public ObjectKind? FindKind(CoreId id)
    {
        try
        {
            return _odb.ReadHeader(id.AsSpan()) is { } header ? (ObjectKind)header.Kind : null;
        }
        catch (Git2Exception e)
        {
            throw Damaged(id, e.Message, e);
        }
    }

    /// <summary>As <see cref="GitReader.ReadCommit"/>.</summary>
    public Commit ReadCommit(CoreId id) => _reader.ReadCommit(id);

    /// <summary>As <see cref="GitReader.ReadTag"/>.</summary>
    public Tag ReadTag(CoreId id) => _reader.ReadTag(id);

    /// <summary>As <see cref="GitReader.ReadBody"/>.</summary>
    public byte[] ReadBody(CoreId id, ObjectKind kind) => _reader.ReadBody(id, kind);

    /// <summary>A reader for another thread; the caller disposes it, before this.</summary>
    public GitReader CreateReader() => new(_odb.CreateReader());

    public void Dispose()
    {
        _reader.Dispose();
        _odb.Dispose();
        _repository.Dispose();
    }

    internal static ImportException Damaged(CoreId id, string reason, Exception? inner = null) =>
        new(ImportFailure.ObjectDamaged, $"The object {id} of the source is damaged: {reason}", inner);
}
