using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Offline;

/// <summary>A clone's declarations of what must work offline, and the objects that they need. Who changes either holds <see cref="TryLock"/>. Layout in FORMAT.md.</summary>
public sealed class OfflineStore(ClonePaths clone)
{
    private string DeclaredPath => Path.Combine(clone.Offline, "declared");

    private string ObjectsPath => Path.Combine(clone.Offline, "objects");

    /// <summary>Whether anything was ever declared here.</summary>
    public bool Exists => Directory.Exists(clone.Offline);

    /// <summary>The commits that are declared: what changes a clone keeps them.</summary>
    /// <exception cref="CorruptHistoryException">The declarations are damaged.</exception>
    public static IEnumerable<ObjectId> CommitsOf(ClonePaths clone) => new OfflineStore(clone).Load().Select(static d => d.Commit);

    /// <summary>In the order in which they were made.</summary>
    /// <exception cref="CorruptHistoryException">They are damaged.</exception>
    public IReadOnlyList<OfflineDeclaration> Load()
    {
        try
        {
            return OfflineText.Parse(DeclaredPath, File.ReadAllBytes(DeclaredPath));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Replaces the declarations durably. The caller holds the lock, and the objects of what is new are synced.</summary>
    public void Save(IReadOnlyCollection<OfflineDeclaration> declarations) => DurableFile.Replace(DeclaredPath, OfflineText.Format(declarations));

    /// <summary>The right to change what is here until it is disposed; null where another command has it. Makes the folder. Independent of the clone's lock, for it is held while contents come.</summary>
    public IDisposable? TryLock()
    {
        Directory.CreateDirectory(clone.Offline);
        return DurableFile.TryLock(Path.Combine(clone.Offline, "lock"));
    }

    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command has it.</exception>
    public IDisposable Lock() => TryLock() ?? throw new CloneException(CloneError.Locked, $"Another command is changing what '{clone.WorkingCopy}' keeps for working offline; try again when it is done.");

    /// <summary>The objects; the caller disposes it. Nothing in it is evicted.</summary>
    /// <param name="onWarning">Told of damage, and of a disk that is full.</param>
    public ObjectCache OpenObjects(Action<CacheWarning>? onWarning) => new(ObjectsPath, new ObjectCacheOptions { CacheBytesMax = long.MaxValue / 4, OnWarning = onWarning });

    /// <summary>As <see cref="OpenObjects"/>; null where there are none, which costs one look.</summary>
    public ObjectCache? TryOpenObjects(Action<CacheWarning>? onWarning) => Directory.Exists(ObjectsPath) ? OpenObjects(onWarning) : null;
}
