using Monorepo.Admin;
using Monorepo.Native.Posix;

NativeHeap.LimitArenas();
return await AdminCommandLine.RunAsync(args, Console.Out, Console.Error);
