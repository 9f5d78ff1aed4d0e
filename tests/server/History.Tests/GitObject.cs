using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;

namespace Monorepo.History.Tests;

/// <summary>An object made for a test, with its id.</summary>
internal sealed record GitObject(ObjectId Id, ObjectKind Kind, byte[] Body)
{
    public ByteString RawId => ByteString.CopyFrom(Id.AsSpan());

    public ObjectEntry Entry => new() { Id = RawId, Envelope = ByteString.CopyFrom(ObjectEnvelope.Seal(Kind, Body)) };

    public static GitObject Of(ObjectKind kind, byte[] body) => new(ObjectHasher.Hash(kind, body), kind, body);

    public static GitObject Blob(string text) => Of(ObjectKind.Blob, Encoding.UTF8.GetBytes(text));

    public static GitObject Tree(params (string Name, GitObject Object)[] entries)
    {
        TreeBuilder builder = new();
        foreach ((string name, GitObject item) in entries)
        {
            builder.Add(item.Kind == ObjectKind.Tree ? Core.FileMode.Directory : Core.FileMode.Regular, Encoding.UTF8.GetBytes(name), item.Id);
        }

        return Of(ObjectKind.Tree, builder.Build());
    }

    public static GitObject Commit(GitObject tree, string message, params GitObject[] parents)
    {
        StringBuilder text = new($"tree {tree.Id}\n");
        foreach (GitObject parent in parents)
        {
            text.Append($"parent {parent.Id}\n");
        }

        text.Append($"author A <a@example.org> 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n\n{message}\n");
        return Of(ObjectKind.Commit, Encoding.UTF8.GetBytes(text.ToString()));
    }

    public static GitObject Tag(GitObject target, string name) => Of(
        ObjectKind.Tag,
        Encoding.UTF8.GetBytes($"object {target.Id}\ntype {target.Kind.ToName()}\ntag {name}\ntagger A <a@example.org> 1700000000 +0000\n\n{name}\n"));
}
