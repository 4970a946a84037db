import time
from sqlalchemy import insert
from tests.factories import make_store
from tests.suggestions.conftest import *
from tracking.models import Product
from tracking.suggestions.merged import successors
from tracking.suggestions import known
def test_speed(session):
    store=make_store(session)
    session.execute(insert(Product),[{"store_id":store.id,"ref":f"n{i}","title":"t","became_ref":f"n{i+1}" if i<10000 else None,"available":True,"parts":[],"attributes":{}} for i in range(0,10001)])
    session.execute(insert(Product),[{"store_id":store.id,"ref":f"o{i}","title":"t","became_ref":f"w{i}","available":True,"parts":[],"attributes":{}} for i in range(10000)])
    session.execute(insert(Product),[{"store_id":store.id,"ref":f"w{i}","title":"t","became_ref":None,"available":True,"parts":[],"attributes":{}} for i in range(10000)])
    session.flush()
    for name,refs in (("all",None),("ten",[f"o{i}" for i in range(10)]),("chain of 10000",["n0"]),("2000",[f"o{i}" for i in range(2000)])):
        best=min((lambda t:(successors(session,store.id,refs),time.perf_counter()-t)[1])(time.perf_counter()) for _ in range(3))
        print(session.get_bind().dialect.name,name,round(best*1e3,1),"ms")
    t=time.perf_counter(); known.of_store(session,store.id); print("of_store",round((time.perf_counter()-t)*1e3,1))
