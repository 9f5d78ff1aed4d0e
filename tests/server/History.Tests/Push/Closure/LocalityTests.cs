using Monorepo.Core;
using Monorepo.History.Push;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Intake;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.History.Tests.Push.Closure;

public sealed class LocalityTests
{
    [Fact]
    public async Task What_is_pushed_is_put_under_its_path()
    {
        GitObject file = GitObject.Blob("file");
        GitObject folder = GitObject.Tree(("name", file));
        GitObject root = GitObject.Tree(("again", file), ("folder", folder));
        GitObject commit = GitObject.Commit(root, "message");
        PushLimits limits = new();
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(RepositoryName.Parse("main"), default);
        using ObjectSpool spool = new(limits);
        foreach (GitObject item in new[] { file, folder, root, commit })
        {
            byte[] body = item.Body;
            await spool.AddAsync(new PushedObject(item.Id, item.Kind, body.Length, item.Entry.Envelope.Memory, item.Kind == ObjectKind.Commit ? body : null), default);
        }

        ConnectivityWalk walk = new(new TreeBodies(spool, repository.Objects), repository.Objects, spool, limits);
        await walk.AddTreeAsync(root.Id, [], "test", default);
        await walk.FinishAsync(default);

        uint top = ObjectLocality.RootDirectory;
        Assert.Equal(ObjectLocality.Of(ObjectKind.Tree, top, default), spool.ReadObject(root.Id).Locality);
        Assert.Equal(ObjectLocality.Of(ObjectKind.Tree, top, "folder"u8), spool.ReadObject(folder.Id).Locality);
        Assert.Equal(ObjectLocality.OfKind(ObjectKind.Commit), spool.ReadObject(commit.Id).Locality);

        // The first place where it was met: the root is read before the folder.
        Assert.Equal(ObjectLocality.Of(ObjectKind.Blob, top, "again"u8), spool.ReadObject(file.Id).Locality);
        Assert.NotEqual(ObjectLocality.Of(ObjectKind.Blob, ObjectLocality.Enter(top, "folder"u8), "again"u8), spool.ReadObject(file.Id).Locality);
    }
}
