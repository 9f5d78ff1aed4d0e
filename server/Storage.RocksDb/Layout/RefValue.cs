using Monorepo.Core;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>A value of <c>refs</c>: the target's 20 bytes, and for annotated tags the peeled id's 20 bytes after it.</summary>
internal readonly record struct RefValue(ObjectId Target, ObjectId? Peeled)
{
    public byte[] Encode()
    {
        byte[] value = new byte[Peeled is null ? ObjectId.Size : 2 * ObjectId.Size];
        Target.CopyTo(value);
        Peeled?.CopyTo(value.AsSpan(ObjectId.Size));
        return value;
    }

    public static RefValue Decode(ReadOnlySpan<byte> value) => value.Length switch
    {
        ObjectId.Size => new RefValue(new ObjectId(value), null),
        2 * ObjectId.Size => new RefValue(new ObjectId(value[..ObjectId.Size]), new ObjectId(value[ObjectId.Size..])),
        _ => throw StorageFailures.Corrupt($"a ref's value has {value.Length} bytes"),
    };
}
