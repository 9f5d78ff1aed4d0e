using Monorepo.EndToEnd.Tests.Histories;

namespace Monorepo.EndToEnd.Tests.Differential;

// Each history is imported, served and cloned once for all the tests of its collection.

[CollectionDefinition(nameof(OddHistory))]
public sealed class OddHistoryDefinition : ICollectionFixture<OddHistory>;

[CollectionDefinition(nameof(VfsForGitHistory))]
public sealed class VfsForGitHistoryDefinition : ICollectionFixture<VfsForGitHistory>;

[CollectionDefinition(nameof(WatchmanHistory))]
public sealed class WatchmanHistoryDefinition : ICollectionFixture<WatchmanHistory>;

[Collection(nameof(OddHistory))]
public sealed class OddHistoryReading(OddHistory served) : ReadingAgainstGit(served);

[Collection(nameof(OddHistory))]
public sealed class OddHistoryWorkingCopy(OddHistory served) : WorkingCopyAgainstGit(served);

[Collection(nameof(OddHistory))]
public sealed class OddHistoryObjects(OddHistory served) : ObjectsAgainstGit(served);

[Collection(nameof(VfsForGitHistory))]
public sealed class VfsForGitReading(VfsForGitHistory served) : ReadingAgainstGit(served);

[Collection(nameof(VfsForGitHistory))]
public sealed class VfsForGitWorkingCopy(VfsForGitHistory served) : WorkingCopyAgainstGit(served);

[Collection(nameof(VfsForGitHistory))]
public sealed class VfsForGitObjects(VfsForGitHistory served) : ObjectsAgainstGit(served);

[Collection(nameof(WatchmanHistory))]
public sealed class WatchmanReading(WatchmanHistory served) : ReadingAgainstGit(served);

[Collection(nameof(WatchmanHistory))]
public sealed class WatchmanWorkingCopy(WatchmanHistory served) : WorkingCopyAgainstGit(served);

[Collection(nameof(WatchmanHistory))]
public sealed class WatchmanObjects(WatchmanHistory served) : ObjectsAgainstGit(served);
